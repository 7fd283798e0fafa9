//! The book, with real files.

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::domain::history::{Deed, What};
use crate::domain::ledger::Pin;
use crate::domain::names::{ActorName, CommunityCode, Fingerprint, KeyName, VersionId};
use crate::domain::secret_key::{Event, Origin, State};
use crate::settings::model;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn name(text: &str) -> FacilityName {
    FacilityName::new(text).unwrap()
}

fn print(byte: u8) -> Fingerprint {
    Fingerprint::from_bytes([byte; 8])
}

/// A ledger in which every field holds something.
fn full() -> Ledger {
    let at = |hours| NOW + SignedDuration::from_hours(hours);
    let mut ledger = Ledger::default();
    let key = ledger.meet(print(1), Origin::Bootstrap, at(1));
    key.name = Some(KeyName::new("S_SEC...abc").unwrap());
    key.expires_at = Some(at(9_000));
    key.version = Some(VersionId::new("7").unwrap());
    key.proven_at = Some(at(2));
    ledger.step(print(1), Event::Stage).unwrap();
    ledger.meet(print(2), Origin::Fetched, at(3));
    ledger.leaked.insert(print(2));
    ledger.accepted = Some(print(1));
    ledger.intended = Some(print(2));
    ledger.adopted = Some((at(4), ActorName::new("ann").unwrap()));
    ledger.community_code = Some(CommunityCode::new("SANDBOX").unwrap());
    let by = ActorName::new("bob").unwrap();
    let reason = Some("bad day".to_owned());
    ledger.pin = Some(Pin { fingerprint: print(1), until: at(5), by, reason });
    ledger.calls = vec![at(6), at(7)];
    ledger.last_attempt_at = Some(at(8));
    ledger.last_success_at = Some(at(9));
    ledger.next_attempt_at = Some(at(10));
    ledger.failures = 3;
    ledger.rehearsed_at = Some(at(11));
    ledger.delivered.insert("file:/x".to_owned(), ("digest".to_owned(), at(12)));
    ledger
}

#[tokio::test]
async fn a_ledger_reads_back_whole_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let place = model::Book::Sqlite(directory.path().join("deep/er/book.db"));
    let (book, usability) = open(&place, NOW);
    assert_eq!(usability, Usability::Usable);
    let salt = crate::key::KeyText::parse("key").unwrap().fingerprint(book.salt());
    book.save(&name("main"), &full(), &[]).await.unwrap();
    drop(book);

    let (book, _) = open(&place, NOW);
    assert_eq!(book.load(&name("main")).await.unwrap(), full());
    assert_eq!(book.load(&name("other")).await.unwrap(), Ledger::default());
    assert_eq!(crate::key::KeyText::parse("key").unwrap().fingerprint(book.salt()), salt);
}

#[tokio::test]
async fn history_is_kept_newest_first_and_by_facility() {
    let (book, _) = open(&model::Book::Memory, NOW);
    let entry = |what, moved| Entry {
        at: NOW,
        what,
        fingerprint: Some(print(1)),
        moved,
        actor: ActorName::new("quaymaster").unwrap(),
        reason: None,
        detail: "so".to_owned(),
    };
    let moved = Some((State::Offered, State::Staged));
    let entries =
        [entry(What::Did(Deed::FetchFailed), None), entry(What::Moved(Event::Stage), moved)];
    book.save(&name("main"), &Ledger::default(), &entries).await.unwrap();
    let lines = book.history(&name("main"), 10).await.unwrap();
    assert_eq!(
        lines.iter().map(|line| line.what.as_str()).collect::<Vec<_>>(),
        ["stage", "fetch_failed"]
    );
    assert_eq!(lines[0].to.as_deref(), Some("staged"));
    assert_eq!(book.history(&name("main"), 1).await.unwrap().len(), 1);
    assert!(book.history(&name("other"), 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_freeze_is_kept_and_lifted() {
    let (book, _) = open(&model::Book::Memory, NOW);
    assert_eq!(book.freeze().await.unwrap(), None);
    let by = ActorName::new("ann").unwrap();
    let freeze = ManualFreeze { since: NOW, until: None, by, reason: "year end".to_owned() };
    book.set_freeze(Some(freeze.clone()), Vec::new()).await.unwrap();
    assert_eq!(book.freeze().await.unwrap(), Some(freeze));
    book.set_freeze(None, Vec::new()).await.unwrap();
    assert_eq!(book.freeze().await.unwrap(), None);
}

#[tokio::test]
async fn a_damaged_book_is_put_aside_and_a_new_one_begun() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("book.db");
    std::fs::write(&path, b"this is no database, and long enough not to be empty").unwrap();
    let (book, usability) = open(&model::Book::Sqlite(path.clone()), NOW);
    let Usability::PutAside { to, .. } = usability else { panic!("{usability:?}") };
    assert_eq!(std::fs::read(&to).unwrap()[..7], *b"this is");
    book.save(&name("main"), &full(), &[]).await.unwrap();
    assert_eq!(book.load(&name("main")).await.unwrap(), full());
}

#[tokio::test]
async fn a_later_releases_book_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("book.db");
    drop(open(&model::Book::Sqlite(path.clone()), NOW));
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    // A book's thread closes its file after the book is dropped; the last to close takes the log away.
    while path.with_extension("db-wal").exists() {
        tokio::task::yield_now().await;
    }
    let before = std::fs::read(&path).unwrap();
    let (book, usability) = open(&model::Book::Sqlite(path.clone()), NOW);
    assert!(matches!(usability, Usability::MemoryOnly { .. }), "{usability:?}");
    book.save(&name("main"), &full(), &[]).await.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_word_of_another_release_is_an_error_and_not_a_guess() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("book.db");
    let (book, _) = open(&model::Book::Sqlite(path.clone()), NOW);
    book.save(&name("main"), &full(), &[]).await.unwrap();
    let connection = Connection::open(&path).unwrap();
    connection.execute("UPDATE secret_key SET state = 'levitating'", []).unwrap();
    let error = book.load(&name("main")).await.unwrap_err();
    assert!(error.to_string().contains("column state"), "{error}");
}

/// A disk that hangs takes no facility with it; what nobody waits for any more is not done later.
#[tokio::test(start_paused = true)]
async fn a_book_that_never_answers_is_given_up_on() {
    let (book, _) = open(&model::Book::Memory, Timestamp::UNIX_EPOCH);
    let (release, hold) = mpsc::channel::<()>();
    let hung = book.ask(move |_| hold.recv().map_err(|error| BookError(error.to_string())));
    let late = hung.await.unwrap_err();
    assert!(late.to_string().contains("no answer within 30s"), "{late}");
    let freeze = ManualFreeze {
        since: Timestamp::UNIX_EPOCH,
        until: None,
        by: ActorName::new("ann").unwrap(),
        reason: "a test".to_owned(),
    };
    book.set_freeze(Some(freeze), Vec::new()).await.unwrap_err();
    tokio::time::resume();
    release.send(()).unwrap();
    assert_eq!(book.freeze().await, Ok(None));
}

#[tokio::test]
async fn a_file_that_is_deleted_under_the_book_is_noticed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("book.db");
    let (book, _) = open(&model::Book::Sqlite(path.clone()), NOW);
    assert_eq!(book.freeze().await, Ok(None));
    std::fs::remove_file(&path).unwrap();
    let gone = book.save(&name("main"), &full(), &[]).await.unwrap_err();
    assert!(gone.to_string().contains("was deleted"), "{gone}");
    let (new, usability) = open(&model::Book::Sqlite(path), NOW);
    assert_eq!((usability, new.freeze().await), (Usability::Usable, Ok(None)));
    book.freeze().await.unwrap_err();
}
