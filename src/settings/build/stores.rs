//! Secret stores: their names, and that no two of them are the same place.

use std::path::Path;

use super::{Scope, is_loopback};
use crate::domain::names::{Environment, StoreName};
use crate::settings::model::{AwsStore, FileStore, Role, Store};

/// Makes the stores of one facility's key.
pub(super) fn all(
    scope: &Scope<'_>,
    environment: Option<Environment>,
    role: Option<Role>,
) -> Option<Vec<Store>> {
    let list = scope.at("stores");
    if scope.reading.items(&list).is_empty() && !scope.reading.is_wrong_below(&list) {
        let right = "[{ kind = \"aws-secrets-manager\", ... }] or [{ kind = \"file\", ... }]";
        scope.mistake("stores", "there is none, so no key could be kept", right);
    }
    let mut stores = Vec::new();
    for (kind, item) in scope.named("stores") {
        let creating = if kind == "file" { "create_identity" } else { "create" };
        if role == Some(Role::Reader) && item.flag(creating) == Some(true) {
            let right = "leave it out, or role = \"renewer\"";
            item.mistake(creating, "a reader creates nothing", right);
        }
        stores.push(match kind {
            "file" => file(&item, environment).map(Store::File),
            _ => aws(&item, &stores).map(Store::Aws),
        });
    }
    stores.into_iter().collect()
}

fn aws(scope: &Scope<'_>, before: &[Option<Store>]) -> Option<AwsStore> {
    let endpoint = scope.url("endpoint_url");
    if endpoint.is_some_and(|url| url.scheme() == "http" && !is_loopback(url)) {
        let right = "https, or http to a loopback address";
        scope.mistake("endpoint_url", "keys would go out unencrypted", right);
    }
    if scope.flag("create") == Some(false) {
        for name in ["kms_key_id", "tags"] {
            if scope.is_written(name) {
                let right = "create = true, or leave it out";
                scope.mistake(name, "it is for a secret we create", right);
            }
        }
    }
    let secret_id = scope.text("secret_id")?;
    let region = scope.text("region").map(str::to_owned);
    let plain = format!("aws-secrets-manager:{secret_id}");
    let is_taken = |store: &Store| store.name().as_str() == plain;
    // The same name in a second region is a second store, and is called by its region too.
    let full = match &region {
        Some(region) if before.iter().flatten().any(is_taken) => format!("{plain}@{region}"),
        _ => plain,
    };
    let Ok(name) = StoreName::new(full) else {
        scope.mistake(
            "secret_id",
            "it holds a character that no secret's name has",
            "its name or ARN",
        );
        return None;
    };
    Some(AwsStore {
        name,
        secret_id: secret_id.to_owned(),
        region,
        field: scope.text("field").map(str::to_owned),
        endpoint_url: endpoint.map(|url| url.as_str().trim_end_matches('/').to_owned()),
        create: scope.flag("create")?,
        kms_key_id: scope.text("kms_key_id").map(str::to_owned),
        tags: scope.pairs("tags").unwrap_or_default().to_vec(),
    })
}

fn file(scope: &Scope<'_>, environment: Option<Environment>) -> Option<FileStore> {
    let create_identity = scope.flag("create_identity");
    if create_identity == Some(true)
        && environment.is_some_and(|environment| environment != Environment::Sandbox)
    {
        let what = "an identity made here has no copy anywhere, and its loss is the key's";
        let right = "false, with an identity made and kept elsewhere: 32 random bytes";
        scope.mistake("create_identity", what, right);
    }
    let (path, identity) = (scope.path("path"), scope.path("identity"));
    if path.is_some() && path == identity {
        let right = "a place of its own, best on another disk";
        scope.mistake("identity", "it is the store itself", right);
    }
    let path = path?;
    Some(FileStore {
        name: StoreName::new(format!("file:{}", visible(&path))).ok()?,
        path,
        identity: identity?,
        create_identity: create_identity?,
    })
}

/// A path in visible ASCII, as store names are.
fn visible(path: &Path) -> String {
    let text = path.to_string_lossy();
    text.chars().map(|c| if c.is_ascii_graphic() { c } else { '_' }).take(240).collect()
}

/// Notes every secret that two stores name, in one facility or in two: their promotions would undo
/// each other.
pub(super) fn judge_doubles(facilities: &[Scope<'_>]) {
    let mut seen: Vec<(String, String)> = Vec::new();
    for facility in facilities {
        for (kind, item) in facility.child("secret_key").named("stores") {
            let (name, id) = match kind {
                "file" => ("path", item.path("path").map(|path| path.display().to_string())),
                _ => ("secret_id", aws_id(&item)),
            };
            let Some(id) = id.map(|id| format!("{kind} {id}")) else { continue };
            if let Some((_, first)) = seen.iter().find(|(known, _)| *known == id) {
                let right = format!("another one than {first} has");
                item.mistake(name, "it is the same store a second time", right);
            }
            seen.push((id, item.at(name)));
        }
    }
}

/// What makes an AWS secret the same: not its field, since all fields share the versions.
fn aws_id(scope: &Scope<'_>) -> Option<String> {
    let region = scope.text("region").unwrap_or_default();
    let endpoint = scope.url("endpoint_url").map(reqwest::Url::as_str).unwrap_or_default();
    Some(format!("{} {region} {endpoint}", scope.text("secret_id")?))
}
