//! What is tried for one facility: its bootstrap key, its stores, its delivery targets, and the bank
//! with the key that is current.

use std::collections::BTreeSet;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Tries, place_for};
use crate::clock::Clock;
use crate::deliver;
use crate::key::KeyText;
use crate::quickstream::{Client, ClientOptions, PublishableKey};
use crate::secrets::{self, Need, SecretStore};
use crate::settings::model::{BaseUrl, Facility, Role};

/// How long a store or the bank is given: a person waits.
const ANSWER_WAIT: Duration = Duration::from_secs(20);

/// Tries everything of one facility; `made` are the directories that the daemon will make.
pub(super) async fn tries(
    tries: &mut Tries,
    facility: &Facility,
    role: Role,
    made: &BTreeSet<PathBuf>,
) {
    let place = |part: &str| format!("facilities.{}.{part}", facility.name);
    let keys = &facility.secret_key;
    let mut key = None;
    if let Some(path) = &keys.bootstrap {
        let what = format!("read {}", path.display());
        let read = bootstrap(path);
        let seen = read.as_ref().map(|_| "it holds a key".to_owned()).map_err(Clone::clone);
        tries.add(&place("secret_key.bootstrap"), &what, seen);
        key = read.ok();
    }
    if let Some(path) = &facility.publishable_key {
        let what = format!("read {}", path.display());
        let seen = publishable(path).map(|_| "it holds a publishable key".to_owned());
        tries.add(&place("publishable_key"), &what, seen);
    }
    let need = match role {
        Role::Renewer => Need::Write,
        Role::Reader => Need::Read,
    };
    for (number, settings) in keys.stores.iter().enumerate() {
        let at = place(&format!("secret_key.stores[{number}]"));
        match Box::pin(in_time(secrets::open(settings))).await {
            Ok(Ok(store)) => {
                let current = store_tries(tries, &at, store.as_ref(), need).await;
                // The authority stands first; its key is the one that counts.
                if number == 0 {
                    key = current.or(key);
                }
            }
            Ok(Err(error)) => tries.add(&at, "open it", Err(error.to_string())),
            Err(late) => tries.add(&at, "open it", Err(late)),
        }
    }
    let at = place("secret_key.deliver");
    match deliver::open(&keys.deliver) {
        Ok(targets) => {
            for target in targets {
                let is_here = |path: &&PathBuf| target.name() == format!("file:{}", path.display());
                let missing = made.iter().find(is_here).filter(|path| !path.exists());
                if let Some(path) = missing {
                    let made = place_for(path).map(|_| "it is made at the start".to_owned());
                    tries.add(&at, &format!("the directory at {}", target.name()), made);
                    continue;
                }
                for one in target.check().await {
                    tries.add(&at, &format!("{} at {}", one.what, target.name()), one.outcome);
                }
            }
        }
        Err(error) => tries.add(&at, "open the targets", Err(error.to_string())),
    }
    if role == Role::Renewer {
        bank(tries, facility, key).await;
    }
}

async fn store_tries(
    tries: &mut Tries,
    at: &str,
    store: &dyn SecretStore,
    need: Need,
) -> Option<KeyText> {
    match in_time(store.check(need)).await {
        Ok(all) => {
            for one in all {
                tries.add(at, &format!("{} at {}", one.what, store.name()), one.outcome);
            }
        }
        Err(late) => tries.add(at, &format!("try {}", store.name()), Err(late)),
    }
    // What went wrong with reading was told above.
    let read = in_time(store.read()).await.ok()?.ok()?;
    read.current.map(|holding| holding.key)
}

/// Asks the bank who the key belongs to; that changes nothing and is not one of the day's 24 calls.
async fn bank(tries: &mut Tries, facility: &Facility, key: Option<KeyText>) {
    let at = format!("facilities.{}.base_url", facility.name);
    let BaseUrl::Address(url) = &facility.base_url else {
        let seen = "the sandbox inside the daemon answers only while it runs";
        return tries.add(&at, "ask the bank", Ok(seen.to_owned()));
    };
    let what = format!("GET {url}/");
    let Some(key) = key else {
        let seen = "not asked: neither the first store nor bootstrap holds a key";
        return tries.add(&at, &what, Ok(seen.to_owned()));
    };
    let options = ClientOptions {
        proxy: facility.proxy.clone(),
        timeout: ANSWER_WAIT,
        ..ClientOptions::new(url.as_str(), facility.product)
    };
    let asked = match Client::new(options, Clock::machine()) {
        Ok(client) => client.root(&key).await,
        Err(fault) => Err(fault),
    };
    let seen = asked.map_err(|fault| format!("{} ({})", fault.detail, fault.label()));
    let seen = seen.and_then(|root| match &facility.expected_community_code {
        Some(wanted) if *wanted != root.community_code => {
            Err(format!("the key belongs to {}, not to {wanted}", root.community_code))
        }
        _ => Ok(format!("the key is known and belongs to {}", root.community_code)),
    });
    tries.add(&at, &what, seen);
}

fn bootstrap(path: &Path) -> Result<KeyText, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    KeyText::parse(text).map_err(|error| error.to_string())
}

fn publishable(path: &Path) -> Result<PublishableKey, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    PublishableKey::parse(text).map_err(|error| error.to_string())
}

async fn in_time<T>(work: impl Future<Output = T>) -> Result<T, String> {
    let late = |_| format!("no answer within {} s", ANSWER_WAIT.as_secs());
    tokio::time::timeout(ANSWER_WAIT, work).await.map_err(late)
}
