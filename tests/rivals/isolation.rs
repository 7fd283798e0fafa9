//! Several facilities in one process, with one book: what befalls one is not noticed by the others.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use quaymaster::domain::condition::Condition;
use quaymaster::domain::names::FacilityName;
use quaymaster::secrets::aws::AwsSecrets;
use quaymaster::secrets::file::FileHooks;
use quaymaster::service::points::{Point, Points};
use quaymaster::settings::model::{BaseUrl, Book, FilesTarget, Target};
use quaymaster::store;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::fake_aws::{FakeAws, Fault, options};
use crate::quay::{self, Afloat, Quay, days, file_store, first_key};

/// A bank that answers with anything but sense; gives its base URL.
async fn garbage_bank() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let answers: [&[u8]; 3] = [
            b"\x00\xff\xfe what?\r\n\r\n",
            b"HTTP/1.1 200 OK\r\ncontent-length: 31\r\n\r\n<html><body>Welcome</body></html",
            b"HTTP/1.1 200 OK\r\ncontent-length: 999999\r\n\r\n{\"key\":",
        ];
        for nth in 0.. {
            let Ok((mut stream, _)) = listener.accept().await else { return };
            let mut request = [0; 4096];
            // Whoever hangs up has heard enough.
            drop(stream.read(&mut request).await);
            drop(stream.write_all(answers[nth % answers.len()]).await);
        }
    });
    format!("http://{address}/rest/v1")
}

/// Makes the quay's next facility: its own name, store and files, with nothing wrong with it.
fn next(quay: &mut Quay, name: &str) {
    quay.facility.name = FacilityName::new(name).unwrap();
    quay.facility.base_url = BaseUrl::Address(quay.sandbox.base_url());
    quay.stores = vec![file_store(quay.directory.path(), name, FileHooks::default())];
    let directory = quay.path(&format!("run-{name}"));
    let files = FilesTarget { directory, mode: 0o440, group: None };
    quay.facility.secret_key.deliver = vec![Target::Files(files)];
    quay.points = Points::pass();
}

fn delivered(quay: &Quay, name: &str) -> Option<String> {
    std::fs::read_to_string(quay.path(&format!("run-{name}/current"))).ok()
}

#[tokio::test]
async fn a_facilitys_misfortune_is_its_own() {
    let mut quay = Quay::new().await;
    let (book, _) = store::open(&Book::Sqlite(quay.path("book.db")), quay.clock.now());
    let aws = FakeAws::start().await;
    aws.fault(None, Fault::Refuse(400, "AccessDeniedException"), 1_000_000);

    next(&mut quay, "well");
    let well = quay.launch_in(book.clone()).await;
    next(&mut quay, "garbage");
    quay.facility.base_url = BaseUrl::Address(garbage_bank().await);
    let told = Arc::new(AtomicUsize::new(0));
    quay.observer = Arc::new({
        let told = Arc::clone(&told);
        move |_| {
            told.fetch_add(1, Ordering::Relaxed);
        }
    });
    let garbage = quay.launch_in(book.clone()).await;
    quay.observer = Arc::new(|_| {});
    next(&mut quay, "denied");
    let denied = AwsSecrets::connect_with(&aws.settings("denied", None), options(1)).await;
    quay.stores = vec![Arc::new(denied.unwrap())];
    let denied = quay.launch_in(book.clone()).await;
    next(&mut quay, "panics");
    quay.points = Points::asking(|point| {
        assert!(point != Point::StorePromoted, "on purpose");
        Ok(())
    });
    let panics = quay.launch_in(book.clone()).await;

    let tasks = [&well, &garbage, &denied, &panics].map(Afloat::task);
    quay::settle(&quay.clock, 4, &tasks).await;
    assert!(panics.has_died() && delivered(&quay, "panics").is_none());
    let second = quay.mint();
    quay::pass(&quay.clock, days(2), &tasks).await;

    assert_eq!(well.status().condition, Condition::Ok, "{}", well.status().detail);
    assert_eq!(delivered(&quay, "well").as_deref().map(str::trim), Some(second.as_str()));
    assert_eq!(denied.status().condition, Condition::StoreDenied);
    assert_ne!(garbage.status().condition, Condition::Ok);
    let told = told.load(Ordering::Relaxed);
    assert!(
        told < 30,
        "a bank without sense is asked ever more rarely, not {told} times in two days"
    );
    for unlucky in [&garbage, &denied] {
        assert!(!unlucky.has_died() && !unlucky.status().delivered_once);
    }

    // Put together again, as the daemon does after a pause, the one that panicked goes on where it was.
    next(&mut quay, "panics");
    let again = quay.launch_in(book.clone()).await;
    aws.calm();
    let tasks = [&well, &garbage, &denied, &again].map(Afloat::task);
    quay::pass(&quay.clock, days(2), &tasks).await;
    for (name, task) in [("well", &well), ("denied", &denied), ("panics", &again)] {
        assert_eq!(task.status().condition, Condition::Ok, "{name}: {}", task.status().detail);
        assert_eq!(delivered(&quay, name).as_deref().map(str::trim), Some(second.as_str()));
    }
    let history = book.history(&FacilityName::new("well").unwrap(), 1_000).await.unwrap();
    let promotions = history.iter().filter(|line| line.what == "promote").count();
    assert_eq!(promotions, 2, "{} and its successor", first_key());
}
