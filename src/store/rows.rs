//! Between the ledger's values and the book's rows. A stored word that this release does not know is
//! an error with its place, never a guess.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::BookError;
use crate::domain::history::{Entry, ManualFreeze};
use crate::domain::ledger::{Ledger, Pin};
use crate::domain::names::{
    ActorName, CommunityCode, FacilityName, Fingerprint, KeyName, VersionId,
};
use crate::domain::secret_key::{KeyRecord, Origin, State};

/// One line of the history, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number; later lines have larger ones.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// A fixed word.
    pub what: String,
    /// The key it happened to.
    pub fingerprint: Option<Fingerprint>,
    /// The bank's name for that key, as known now.
    pub key_name: Option<String>,
    /// Where the key stood before.
    pub from: Option<String>,
    /// Where it stood after.
    pub to: Option<String>,
    /// Who brought it about.
    pub actor: String,
    /// Why, in the asker's words.
    pub reason: Option<String>,
    /// One sentence more.
    pub detail: String,
}

pub(super) fn load(connection: &Connection, name: &FacilityName) -> Result<Ledger, BookError> {
    let mut ledger = connection
        .query_row("SELECT * FROM facility WHERE name = ?1", params![name.as_str()], |row| {
            Ok(facility(row))
        })
        .optional()?
        .unwrap_or_else(|| Ok(Ledger::default()))?;
    let mut keys = connection.prepare("SELECT * FROM secret_key WHERE facility = ?1")?;
    for row in keys.query_map(params![name.as_str()], |row| Ok(key(row)))? {
        let (key, leaked) = row??;
        if leaked {
            ledger.leaked.insert(key.fingerprint);
        }
        ledger.keys.insert(key.fingerprint, key);
    }
    let mut calls = connection.prepare("SELECT at FROM latest_key_call WHERE facility = ?1")?;
    for row in calls.query_map(params![name.as_str()], |row| Ok(time(row, "at")))? {
        ledger.calls.extend(row??);
    }
    let mut delivered =
        connection.prepare("SELECT target, digest, at FROM delivered WHERE facility = ?1")?;
    for row in delivered.query_map(params![name.as_str()], |row| Ok(delivery(row)))? {
        let (target, digest, at) = row??;
        ledger.delivered.insert(target, (digest, at));
    }
    Ok(ledger)
}

fn facility(row: &Row<'_>) -> Result<Ledger, BookError> {
    let adopted = time(row, "adopted_at")?.zip(actor(row, "adopted_by")?);
    let pin = match (print(row, "pin_key")?, time(row, "pin_until")?, actor(row, "pin_by")?) {
        (Some(fingerprint), Some(until), Some(by)) => {
            Some(Pin { fingerprint, until, by, reason: row.get("pin_reason")? })
        }
        _ => None,
    };
    let code: Option<String> = row.get("community_code")?;
    let code = code.map(CommunityCode::new).transpose();
    Ok(Ledger {
        adopted,
        community_code: code.map_err(|_| unknown("community_code"))?,
        accepted: print(row, "accepted")?,
        intended: print(row, "intended")?,
        pin,
        last_attempt_at: time(row, "last_attempt_at")?,
        last_success_at: time(row, "last_success_at")?,
        next_attempt_at: time(row, "next_attempt_at")?,
        failures: row.get("failures")?,
        rehearsed_at: time(row, "rehearsed_at")?,
        ..Ledger::default()
    })
}

fn key(row: &Row<'_>) -> Result<(KeyRecord, bool), BookError> {
    let (state, origin): (String, String) = (row.get("state")?, row.get("origin")?);
    let (name, version): (Option<String>, Option<String>) = (row.get("name")?, row.get("version")?);
    let record = KeyRecord {
        fingerprint: print(row, "fingerprint")?.ok_or_else(|| unknown("fingerprint"))?,
        name: name.map(KeyName::new).transpose().map_err(|_| unknown("name"))?,
        expires_at: time(row, "expires_at")?,
        state: State::from_label(&state).ok_or_else(|| unknown("state"))?,
        origin: Origin::from_label(&origin).ok_or_else(|| unknown("origin"))?,
        version: version.map(VersionId::new).transpose().map_err(|_| unknown("version"))?,
        proven_at: time(row, "proven_at")?,
        seq: row.get("seq")?,
        first_seen_at: time(row, "first_seen_at")?.ok_or_else(|| unknown("first_seen_at"))?,
    };
    Ok((record, row.get("leaked")?))
}

fn delivery(row: &Row<'_>) -> Result<(String, String, Timestamp), BookError> {
    let at = time(row, "at")?.ok_or_else(|| unknown("at"))?;
    Ok((row.get("target")?, row.get("digest")?, at))
}

pub(super) fn save(
    transaction: &Transaction<'_>,
    name: &FacilityName,
    ledger: &Ledger,
    history: &[Entry],
) -> Result<(), BookError> {
    save_facility(transaction, name, ledger)?;
    for key in ledger.keys.values() {
        save_key(transaction, name, key, ledger.leaked.contains(&key.fingerprint))?;
    }
    let name = name.as_str();
    transaction.execute("DELETE FROM latest_key_call WHERE facility = ?1", params![name])?;
    for at in &ledger.calls {
        let sql = "INSERT INTO latest_key_call (facility, at) VALUES (?1, ?2)";
        transaction.prepare_cached(sql)?.execute(params![name, at.to_string()])?;
    }
    for (target, (digest, at)) in &ledger.delivered {
        let sql = "INSERT OR REPLACE INTO delivered (facility, target, digest, at) \
                   VALUES (?1, ?2, ?3, ?4)";
        let row = params![name, target, digest, at.to_string()];
        transaction.prepare_cached(sql)?.execute(row)?;
    }
    history.iter().try_for_each(|entry| tell(transaction, name, entry))
}

fn tell(transaction: &Transaction<'_>, name: &str, entry: &Entry) -> Result<(), BookError> {
    let sql = "INSERT INTO history \
               (facility, at, what, fingerprint, from_state, to_state, actor, reason, detail) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    transaction.prepare_cached(sql)?.execute(params![
        name,
        entry.at.to_string(),
        entry.what.label(),
        entry.fingerprint.map(|key| key.to_string()),
        entry.moved.map(|(from, _)| from.label()),
        entry.moved.map(|(_, to)| to.label()),
        entry.actor.as_str(),
        entry.reason,
        entry.detail,
    ])?;
    Ok(())
}

fn save_facility(
    transaction: &Transaction<'_>,
    name: &FacilityName,
    ledger: &Ledger,
) -> Result<(), BookError> {
    let text = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let pin = ledger.pin.as_ref();
    let sql = "INSERT OR REPLACE INTO facility \
               (name, adopted_at, adopted_by, community_code, accepted, intended, pin_key, \
                pin_until, pin_by, pin_reason, last_attempt_at, last_success_at, next_attempt_at, \
                failures, rehearsed_at) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
    transaction.prepare_cached(sql)?.execute(params![
        name.as_str(),
        text(ledger.adopted.as_ref().map(|(at, _)| *at)),
        ledger.adopted.as_ref().map(|(_, by)| by.as_str()),
        ledger.community_code.as_ref().map(CommunityCode::as_str),
        ledger.accepted.map(|key| key.to_string()),
        ledger.intended.map(|key| key.to_string()),
        pin.map(|pin| pin.fingerprint.to_string()),
        pin.map(|pin| pin.until.to_string()),
        pin.map(|pin| pin.by.as_str()),
        pin.and_then(|pin| pin.reason.as_deref()),
        text(ledger.last_attempt_at),
        text(ledger.last_success_at),
        text(ledger.next_attempt_at),
        ledger.failures,
        text(ledger.rehearsed_at),
    ])?;
    Ok(())
}

fn save_key(
    transaction: &Transaction<'_>,
    facility: &FacilityName,
    key: &KeyRecord,
    leaked: bool,
) -> Result<(), BookError> {
    let sql = "INSERT OR REPLACE INTO secret_key \
               (facility, fingerprint, name, expires_at, state, origin, version, proven_at, seq, \
                first_seen_at, leaked) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    transaction.prepare_cached(sql)?.execute(params![
        facility.as_str(),
        key.fingerprint.to_string(),
        key.name.as_ref().map(KeyName::as_str),
        key.expires_at.map(|at| at.to_string()),
        key.state.label(),
        key.origin.label(),
        key.version.as_ref().map(VersionId::as_str),
        key.proven_at.map(|at| at.to_string()),
        key.seq,
        key.first_seen_at.to_string(),
        leaked,
    ])?;
    Ok(())
}

pub(super) fn history(
    connection: &Connection,
    name: &FacilityName,
    lines: usize,
) -> Result<Vec<Line>, BookError> {
    let lines = i64::try_from(lines).unwrap_or(i64::MAX);
    let sql = "SELECT history.*, secret_key.name AS key_name FROM history \
               LEFT JOIN secret_key USING (facility, fingerprint) \
               WHERE facility = ?1 ORDER BY history.seq DESC LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![name.as_str(), lines], |row| Ok(line(row)))?;
    rows.map(|row| row.map_err(BookError::from).and_then(|line| line)).collect()
}

fn line(row: &Row<'_>) -> Result<Line, BookError> {
    Ok(Line {
        seq: row.get(0)?,
        at: time(row, "at")?.ok_or_else(|| unknown("at"))?,
        what: row.get("what")?,
        fingerprint: print(row, "fingerprint")?,
        key_name: row.get("key_name")?,
        from: row.get("from_state")?,
        to: row.get("to_state")?,
        actor: row.get("actor")?,
        reason: row.get("reason")?,
        detail: row.get("detail")?,
    })
}

pub(super) fn freeze(connection: &Connection) -> Result<Option<ManualFreeze>, BookError> {
    let row = connection.query_row("SELECT * FROM freeze", [], |row| {
        let read = || -> Result<ManualFreeze, BookError> {
            Ok(ManualFreeze {
                since: time(row, "since")?.ok_or_else(|| unknown("since"))?,
                until: time(row, "until")?,
                by: actor(row, "by")?.ok_or_else(|| unknown("by"))?,
                reason: row.get("reason")?,
            })
        };
        Ok(read())
    });
    row.optional()?.transpose()
}

pub(super) fn set_freeze(
    transaction: &Transaction<'_>,
    freeze: Option<&ManualFreeze>,
    history: &[(FacilityName, Entry)],
) -> Result<(), BookError> {
    for (name, entry) in history {
        tell(transaction, name.as_str(), entry)?;
    }
    transaction.execute("DELETE FROM freeze", [])?;
    if let Some(freeze) = freeze {
        transaction.execute(
            "INSERT INTO freeze (id, since, until, by, reason) VALUES (1, ?1, ?2, ?3, ?4)",
            params![
                freeze.since.to_string(),
                freeze.until.map(|at| at.to_string()),
                freeze.by.as_str(),
                freeze.reason,
            ],
        )?;
    }
    Ok(())
}

fn time(row: &Row<'_>, column: &'static str) -> Result<Option<Timestamp>, BookError> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| text.parse().map_err(|_| unknown(column))).transpose()
}

fn print(row: &Row<'_>, column: &'static str) -> Result<Option<Fingerprint>, BookError> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| Fingerprint::parse(&text).ok_or_else(|| unknown(column))).transpose()
}

fn actor(row: &Row<'_>, column: &'static str) -> Result<Option<ActorName>, BookError> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| ActorName::new(text).map_err(|_| unknown(column))).transpose()
}

fn unknown(column: &'static str) -> BookError {
    BookError(format!("column {column} holds something this release does not know"))
}

impl From<rusqlite::Error> for BookError {
    fn from(error: rusqlite::Error) -> Self {
        Self::from(&error)
    }
}
