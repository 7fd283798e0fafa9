//! What the stores, and the libraries under them, say at the most talkative level: never a key.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use quaymaster::secrets::{Need, Place as At, Promotion};
use tracing_subscriber::fmt::MakeWriter;

use crate::aws::{FIELD, Faked};
use crate::contract::{Place, begun, key, staged};
use crate::fake_aws::{Fault, Operation};
use crate::file::Directory;

/// A key that nothing else looks like.
const DYED: &str = "DYE4Fq8ZkV_SEC_x7TmW2sLb9";

/// Everything that was said.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<u8>>>);

impl Write for Said {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Said {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Said {
    /// The forms of the key that were said.
    fn leaks(&self) -> Vec<String> {
        let said = String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned();
        let bytes = DYED.as_bytes();
        let hexadecimal: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let listed = format!("{bytes:?}");
        let mut forms = vec![
            DYED.to_owned(),
            hexadecimal.clone(),
            hexadecimal.to_uppercase(),
            listed.trim_matches(['[', ']']).to_owned(),
        ];
        // Base64 at each of the three places it can begin at.
        for skipped in 0..3 {
            let text = STANDARD.encode(&bytes[skipped..]);
            forms.push(text[..text.len() - 4].to_owned());
        }
        forms.into_iter().filter(|form| said.contains(form.as_str())).collect()
    }
}

/// Everything a store is asked to do, and what goes wrong while it does.
async fn use_everything(place: &impl Place) {
    let store = place.adapter().await;
    let first = begun(&store, &format!("{DYED}_1")).await;
    let second = staged(&store, &format!("{DYED}_2")).await;
    assert_eq!(store.promote(&first, &second).await.unwrap(), Promotion::Promoted);
    store.promote(&first, &second).await.unwrap();
    staged(&store, &format!("{DYED}_3")).await;
    let snapshot = store.read().await.unwrap();
    tracing::info!(?snapshot, ?store, tried = ?store.check(Need::Write).await, "used");
    store.remove(&first, At::Previous).await.unwrap();
}

#[tokio::test]
async fn no_key_is_said_at_the_most_talkative_level() {
    let said = Said::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(said.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    use_everything(&Directory::new()).await;
    for field in [None, Some(FIELD)] {
        let place = Faked::new(field).await;
        use_everything(&place).await;
        let store = place.adapter().await;
        for operation in Operation::ALL {
            // The fake repeats the request in its refusal.
            place.fake.fault(Some(operation), Fault::Refuse(400, "AccessDeniedException"), 1);
            place.fake.fault(Some(operation), Fault::CutAfter, 1);
            for number in 4..6 {
                let snapshot = store.read().await;
                let key = key(&format!("{DYED}_{number}"));
                let staged = store.stage(&snapshot.unwrap_or_default(), &key).await;
                tracing::info!(?staged, created = ?store.create(&key).await, "tried");
            }
            place.fake.calm();
        }
    }
    drop(guard);
    assert!(said.0.lock().unwrap().len() > 100_000, "the libraries were talkative");
    assert_eq!(said.leaks(), Vec::<String>::new());
}

#[test]
fn a_planted_leak_is_seen_in_each_form() {
    let bytes = DYED.as_bytes();
    for leak in [
        format!("key={DYED}_1"),
        format!("body={bytes:?}"),
        format!("{bytes:x?}").replace([',', ' '], ""),
        STANDARD.encode(format!("{DYED}:")),
        STANDARD.encode(format!("a{DYED}:")),
        STANDARD.encode(format!("ab{DYED}:")),
    ] {
        let mut said = Said::default();
        said.write_all(leak.as_bytes()).unwrap();
        assert_eq!(said.leaks().len(), 1, "{leak}");
    }
}
