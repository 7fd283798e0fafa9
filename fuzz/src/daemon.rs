//! What people and programs tell the daemon: settings, a calendar, a command line, the admin API and
//! its tokens, and the book it reads back.

use std::cell::RefCell;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::str::from_utf8;

use jiff::{SignedDuration, Timestamp};
use quaymaster::cli;
use quaymaster::domain::calendar::{Activation, Calendar, FreezeRule, MustBy, WindowRule};
use quaymaster::domain::retry;
use quaymaster::domain::time::parse_date;
use quaymaster::settings::{Sources, load};

use super::place::Place;

/// A value that no message may repeat.
const VALUE: &str = "QXZVALUEQXZ";

thread_local! {
    static PLACE: Place = Place::new();
}

/// A settings file, and after a line of dashes variables and flags. What holds, shown as a file, is
/// the same again; no mistake repeats a value.
pub(super) fn settings(data: &[u8]) {
    let Ok(text) = from_utf8(data) else { return };
    let (file, lines) = text.split_once("\n---\n").unwrap_or((text, ""));
    let mut environment: Vec<(OsString, OsString)> = Vec::new();
    let mut flags = Vec::new();
    for line in lines.lines() {
        if let Some((name, value)) = line.split_once('=') {
            environment.push((format!("QUAYMASTER_{name}").into(), value.into()));
        } else if let Some((path, value)) = line.split_once(": ") {
            flags.push((path.to_owned(), value.to_owned()));
        }
    }
    PLACE.with(|place| {
        let path = place.write("quaymaster.toml", file.as_bytes());
        match load(&Sources::new(Some(path), environment, flags)) {
            Ok(loaded) => {
                let shown = loaded.show();
                let path = place.write("shown.toml", shown.as_bytes());
                let none: [(OsString, OsString); 0] = [];
                let again = load(&Sources::new(Some(path), none, Vec::new()));
                let again = again.unwrap_or_else(|error| panic!("{error}\n{shown}"));
                let (again, loaded) = (again.settings, loaded.settings);
                assert_eq!(format!("{again:?}"), format!("{loaded:?}"), "{shown}");
            }
            Err(error) => {
                let values = text.matches(&format!("= \"{VALUE}\"")).count();
                if values == text.matches(VALUE).count() {
                    assert!(!error.to_string().contains(VALUE), "{error}");
                }
            }
        }
    });
}

/// A calendar in lines, and what it makes of a key that is ready: nothing is activated against it
/// before it must be, nor later than that.
pub(super) fn calendar(data: &[u8]) {
    let Ok(text) = from_utf8(data) else { return };
    let mut lines = text.lines();
    let (Some(zone), Some(now)) = (lines.next(), lines.next()) else { return };
    let Ok(now) = now.parse::<Timestamp>() else { return };
    let (mut windows, mut freezes) = (Vec::new(), Vec::new());
    for line in lines {
        match line.split('|').collect::<Vec<_>>().as_slice() {
            [cron, minutes] => {
                let Ok(minutes) = minutes.trim().parse::<i32>() else { return };
                let duration = SignedDuration::from_mins(minutes.into());
                windows.push(WindowRule { cron: (*cron).to_owned(), duration });
            }
            [from, until, reason] => {
                let (Ok(from), Ok(until)) = (parse_date(from), parse_date(until)) else { return };
                freezes.push(FreezeRule { from, until, reason: (*reason).to_owned() });
            }
            _ => return,
        }
    }
    // What is slow to look through is tried with few rules.
    if windows.len() > 3 || freezes.len() > 6 {
        return;
    }
    let Ok(calendar) = Calendar::new(zone, &windows, &freezes) else { return };
    let Ok(expires_at) = now.checked_add(SignedDuration::from_hours(24 * 20)) else { return };
    let must_by = MustBy { expires_at, known_since: now };
    let activation = calendar.activation(now, Some(must_by), None);
    let at = activation.at(now).expect("a key that expires is replaced before that");
    assert!(at >= now && at <= must_by.latest().max(now), "{at} of {activation:?}");
    assert_eq!(activation.is_due(now), at <= now, "{activation:?}");
    if let Activation::At { at, .. } = &activation {
        let then = calendar.activation(*at, Some(must_by), None);
        assert!(matches!(then, Activation::Now { .. }), "at {at}: {then:?}");
    }
    if let Activation::Waits { why } = calendar.activation(now, None, None) {
        assert!(!why.is_empty());
    }
    drop(calendar.reachability(now, expires_at));
    let _ = calendar.longest_closed(now, expires_at);
}

/// What a person types, one word a line; and the words that `explain` is asked about.
pub(super) fn command_line(data: &[u8]) {
    let Ok(text) = from_utf8(data) else { return };
    let words = std::iter::once("quaymaster").chain(text.lines()).map(str::to_owned);
    drop(cli::understand(words));
    for word in text.lines() {
        if let Some(told) = retry::explain(word) {
            assert!(!told.is_empty());
        }
    }
}

/// A tokens file: it is read or refused, without a word of what stands in it.
pub(super) fn tokens(data: &[u8]) {
    thread_local! {
        static RUNTIME: RefCell<tokio::runtime::Runtime> =
            RefCell::new(tokio::runtime::Builder::new_current_thread().build().unwrap());
    }
    PLACE.with(|place| {
        let path = place.write("tokens.toml", data);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let told = RUNTIME
            .with_borrow(|runtime| runtime.block_on(quaymaster::admin::tokens::check(&path)));
        match told {
            Ok(count) => assert!(count <= data.len()),
            Err(error) => assert!(!error.to_string().contains(VALUE), "{error}"),
        }
    });
}
