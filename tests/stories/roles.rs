//! Who may write: an observer watches, a reader hands on.

use quaymaster::domain::condition::Condition;
use quaymaster::domain::names::Environment;
use quaymaster::service::Command;
use quaymaster::service::facility::RefusedKind;
use quaymaster::settings::model::{Role, Unscheduled};

use super::port::{Moody, says, serves, wrote};
use crate::quay::{Quay, days, first_key, hours};

#[tokio::test]
async fn an_observer_writes_nothing_until_a_person_takes_over() {
    let mut quay = Quay::new().await;
    quay.facility.environment = Environment::Production;
    let moody = Moody::before(&mut quay, 0);
    let task = quay.launch().await;
    task.pass(days(2)).await;
    says(&task, Condition::Observer);
    assert!(!quay.path("store").exists() && !quay.path("run").exists());
    assert_eq!((moody.writes(), quay.delivered()), (0, None));
    let refused = task.ask(Command::Accept).await.unwrap_err();
    assert_eq!((refused.label, refused.kind), ("observer", RefusedKind::NotNow));
    for _ in 0..2 {
        let plan = task.dry_run(Command::Adopt).await.unwrap();
        let said = plan.steps.join("; ");
        assert!(plan.changes_pending && said.contains("would create"), "{plan:?}");
        assert_eq!(moody.writes(), 0);
    }
    task.ask(Command::Adopt).await.unwrap();
    task.idle().await;
    assert!(moody.writes() > 0);
    wrote(&task, "adopt").await;
    assert!(quay.delivered().is_some());
    task.stop().await;
    let task = quay.launch().await;
    task.pass(days(2)).await;
    says(&task, Condition::Ok);
}

/// A pod is rescheduled: the application's volume is empty, and a row of the book makes no sense.
#[tokio::test]
async fn an_adopted_facility_delivers_though_its_book_cannot_be_read() {
    let mut quay = Quay::new().await;
    quay.facility.environment = Environment::Production;
    let task = quay.launch().await;
    task.ask(Command::Adopt).await.unwrap();
    task.pass(days(2)).await;
    says(&task, Condition::Ok);
    let key = quay.delivered().unwrap();
    task.stop().await;
    std::fs::remove_dir_all(quay.path("run")).unwrap();
    let book = rusqlite::Connection::open(quay.path("book.db")).unwrap();
    let spoil = "UPDATE secret_key SET state = 'levitating' WHERE state = 'previous'";
    assert_eq!(book.execute(spoil, []).unwrap(), 1);

    let task = quay.launch().await;
    task.idle().await;
    assert!(task.status().observer, "nothing is written before the book says that it may be");
    serves(&quay, &key).await;
    says(&task, Condition::BookUnusable);
    let mend = "UPDATE secret_key SET state = 'previous' WHERE state = 'levitating'";
    assert_eq!(book.execute(mend, []).unwrap(), 1);
    task.pass(hours(1)).await;
    says(&task, Condition::Ok);
    assert!(!task.status().observer);
}

/// With a book in memory a person's word lasts until the next start, which they are told.
#[tokio::test]
async fn a_person_is_told_that_a_restart_forgets_their_word() {
    let mut quay = Quay::new().await;
    quay.facility.environment = Environment::Production;
    quay.facility.secret_key.unscheduled = Unscheduled::Hold;
    let task = quay.launch_without_book().await;
    let told = async |command: Command| {
        let done = task.ask(command).await.unwrap();
        assert!(done.next.iter().any(|next| next.contains("a restart forgets this")), "{done:?}");
    };
    told(Command::Adopt).await;
    task.pass(days(2)).await;
    says(&task, Condition::Ok);
    quay.mint();
    task.pass(hours(26)).await;
    says(&task, Condition::Held);
    told(Command::Accept).await;
    told(Command::Rollback { until: None }).await;
    told(Command::Compromise { fingerprint: None }).await;
    task.stop().await;
    let task = quay.launch_without_book().await;
    task.idle().await;
    assert!(task.status().observer, "which is true");
    assert_eq!(quay.delivered(), quay.held().await.0);
}

#[tokio::test]
async fn a_reader_hands_on_what_the_store_holds_and_asks_the_bank_nothing() {
    let mut quay = Quay::new().await;
    quay.role = Role::Reader;
    let moody = Moody::before(&mut quay, 0);
    let reader = quay.launch_with_book("reader.db").await;
    reader.idle().await;
    says(&reader, Condition::NoKey);
    let refused = reader.ask(Command::Renew { end_pin: false }).await.unwrap_err();
    assert_eq!((refused.label, refused.kind), ("reader", RefusedKind::NotNow));
    assert!(refused.sentence.contains("renewer"), "{refused}");
    assert_eq!((moody.writes(), quay.sandbox.control().requests().len()), (0, 0));
    reader.stop().await;

    quay.role = Role::Renewer;
    let renewer = quay.launch().await;
    renewer.idle().await;
    serves(&quay, &first_key()).await;
    renewer.stop().await;
    std::fs::remove_dir_all(quay.path("run")).unwrap();
    let (writes, asked) = (moody.writes(), quay.sandbox.control().requests().len());
    quay.role = Role::Reader;
    let reader = quay.launch_with_book("reader.db").await;
    reader.pass(hours(1)).await;
    says(&reader, Condition::Ok);
    assert_eq!(quay.delivered(), Some(first_key()));
    assert_eq!((moody.writes(), quay.sandbox.control().requests().len()), (writes, asked));
}
