//! Delivery targets, and that no two of them fight over a place.

use std::path::Path;

use super::{Scope, is_loopback};
use crate::settings::model::{CommandTarget, FilesTarget, SignalTarget, Target, WebhookTarget};

/// Makes the targets of one facility's key.
pub(super) fn all(scope: &Scope<'_>) -> Option<Vec<Target>> {
    let made = scope.named("deliver").map(|(kind, item)| match kind {
        "command" => command(&item).map(Target::Command),
        "signal" => signal(&item).map(Target::Signal),
        "webhook" => webhook(&item).map(Target::Webhook),
        _ => files(&item).map(Target::Files),
    });
    let made: Vec<_> = made.collect();
    made.into_iter().collect()
}

fn files(scope: &Scope<'_>) -> Option<FilesTarget> {
    Some(FilesTarget {
        directory: scope.path("directory")?,
        mode: scope.mode("mode")?,
        group: scope.count("group").and_then(|group| u32::try_from(group).ok()),
    })
}

fn command(scope: &Scope<'_>) -> Option<CommandTarget> {
    let command = scope.texts("command");
    let is_absolute = |program: &String| Path::new(program).is_absolute();
    if command.is_some_and(|command| !command.first().is_some_and(is_absolute)) {
        let right = "[\"/absolute/path/of/program\", \"argument\"]; nothing is looked up";
        scope.mistake("command", "it does not start with a program's absolute path", right);
    }
    Some(CommandTarget {
        command: command?.to_vec(),
        timeout: scope.length("timeout")?,
        debounce: scope.length("debounce")?,
    })
}

fn signal(scope: &Scope<'_>) -> Option<SignalTarget> {
    Some(SignalTarget {
        signal: scope.text("signal")?.to_owned(),
        pid_file: scope.path("pid_file")?,
        debounce: scope.length("debounce")?,
    })
}

fn webhook(scope: &Scope<'_>) -> Option<WebhookTarget> {
    let url = scope.url("url");
    if url.is_some_and(|url| url.scheme() == "http" && !is_loopback(url)) {
        scope.mistake("url", "http leaves this machine", "https, or http to a loopback address");
    }
    Some(WebhookTarget {
        url: url?.as_str().to_owned(),
        signing_secret: scope.path("signing_secret"),
        timeout: scope.length("timeout")?,
        debounce: scope.length("debounce")?,
    })
}

/// Notes every target that is there twice: of files in two facilities, or of anything in one.
pub(super) fn judge_doubles(facilities: &[Scope<'_>]) {
    let mut seen: Vec<(String, String)> = Vec::new();
    for facility in facilities {
        for (kind, item) in facility.child("secret_key").named("deliver") {
            let (name, id) = match kind {
                "command" => ("command", item.texts("command").map(|words| words.join("\0"))),
                "signal" => ("pid_file", item.path("pid_file").map(|p| p.display().to_string())),
                "webhook" => ("url", item.url("url").map(|url| url.as_str().to_owned())),
                _ => ("directory", item.path("directory").map(|p| p.display().to_string())),
            };
            let owner = if kind == "file" { "" } else { facility.place.as_str() };
            let Some(id) = id.map(|id| format!("{kind} {owner} {id}")) else { continue };
            if let Some((_, first)) = seen.iter().find(|(known, _)| *known == id) {
                let right = format!("another one than {first} has");
                item.mistake(name, "it is the same target a second time", right);
            }
            seen.push((id, item.at(name)));
        }
    }
}
