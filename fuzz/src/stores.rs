//! Where keys live: the sealed files, and a secret's text at AWS.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::str::from_utf8;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use quaymaster::domain::names::StoreName;
use quaymaster::key::KeyText;
use quaymaster::secrets::aws::{AwsOptions, AwsSecrets};
use quaymaster::secrets::file::{FileHooks, FileStoreAdapter};
use quaymaster::secrets::{NewKey, SecretStore};
use quaymaster::settings::model::{AwsStore, FileStore};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use super::place::Place;

/// The keys that the sealed files hold.
const KEYS: [&str; 3] =
    ["SANDBOX_SEC_first7h8j9m5p", "SANDBOX_SEC_second8j9m5p", "SANDBOX_SEC_third9j9m5p6"];

fn new_key(text: &str) -> NewKey {
    let expires_at = "2028-03-01T00:00:00Z".parse().ok();
    NewKey { key: KeyText::parse(text).unwrap(), name: None, expires_at }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// A store with a current, a previous and a pending key, and every file of it as it should be.
struct Sealed {
    runtime: Runtime,
    place: Place,
    files: BTreeMap<String, Vec<u8>>,
}

thread_local! {
    static SEALED: Sealed = Sealed::new();
    static AWS: Aws = Aws::new();
}

impl Sealed {
    fn new() -> Self {
        let (runtime, place) = (runtime(), Place::new());
        let mut sealed = Self { runtime, place, files: BTreeMap::new() };
        let store = sealed.store();
        sealed.runtime.block_on(async {
            store.create(&new_key(KEYS[0])).await.unwrap();
            for key in &KEYS[1..] {
                let basis = store.read().await.unwrap();
                let version = store.stage(&basis, &new_key(key)).await.unwrap();
                if *key == KEYS[1] {
                    store.promote(basis.basis.as_ref().unwrap(), &version).await.unwrap();
                }
            }
        });
        let entries = fs::read_dir(sealed.place.path("main")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let names: Vec<_> = names.map(|name| format!("main/{name}")).collect();
        for name in names.into_iter().chain(["identity".to_owned()]) {
            let bytes = fs::read(sealed.place.path(&name)).unwrap();
            sealed.files.insert(name, bytes);
        }
        sealed
    }

    fn store(&self) -> FileStoreAdapter {
        let path = self.place.path("main");
        let settings = FileStore {
            name: StoreName::new("file:main").unwrap(),
            path,
            identity: self.place.path("identity"),
            create_identity: true,
        };
        FileStoreAdapter::open(&settings, FileHooks::default())
    }
}

/// The first byte says which file is changed, the second how: replaced by the rest, changed by it, cut,
/// or put in the place of another. No key is read that was not put in, and none in another's part.
pub(super) fn sealed_files(data: &[u8]) {
    let [which, how, rest @ ..] = data else { return };
    SEALED.with(|sealed| {
        let names: Vec<_> = sealed.files.keys().cloned().collect();
        let name = &names[usize::from(*which) % names.len()];
        let mut bytes = sealed.files[name].clone();
        match how % 4 {
            0 => bytes = rest.to_vec(),
            1 => bytes.iter_mut().zip(rest).for_each(|(byte, change)| *byte ^= change),
            2 => bytes.truncate(rest.first().map_or(0, |at| usize::from(*at))),
            _ => bytes.clone_from(&sealed.files[&names[rest.len() % names.len()]]),
        }
        let same = bytes == sealed.files[name];
        sealed.place.write(name, &bytes);
        let read = sealed.runtime.block_on(sealed.store().read());
        sealed.place.write(name, &sealed.files[name]);
        match read {
            Ok(snapshot) => {
                let is = |part: Option<&KeyText>, key: &str| {
                    assert!(part.is_none_or(|part| part.expose() == key), "{name} {how}");
                };
                is(snapshot.current.as_ref().map(|held| &held.key), KEYS[1]);
                is(snapshot.previous.as_ref().map(|held| &held.key), KEYS[0]);
                assert!(!same || snapshot.current.is_some(), "{name} {how}");
                for pending in &snapshot.pending {
                    is(Some(&pending.key), KEYS[2]);
                }
            }
            Err(error) => {
                assert!(!same, "{name} is as it was: {error}");
                let text = format!("{error} {error:?}");
                assert!(KEYS.iter().all(|key| !text.contains(key)), "{text}");
            }
        }
    });
}

/// What the played AWS answers and was sent.
#[derive(Default)]
struct Played {
    text: String,
    put: Option<String>,
}

struct Aws {
    runtime: Runtime,
    plain: AwsSecrets,
    field: AwsSecrets,
    played: Arc<Mutex<Played>>,
}

impl Aws {
    fn new() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let played: Arc<Mutex<Played>> = Arc::default();
        let of_server = Arc::clone(&played);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let of_server = Arc::clone(&of_server);
                // The client may keep several connections.
                thread::spawn(move || serve(&stream, &of_server));
            }
        });
        let runtime = runtime();
        let connect = |field: Option<&str>| {
            let settings = AwsStore {
                name: StoreName::new("aws-secrets-manager:main").unwrap(),
                secret_id: "main".to_owned(),
                region: Some("ap-southeast-2".to_owned()),
                field: field.map(str::to_owned),
                endpoint_url: Some(endpoint.clone()),
                create: false,
                kms_key_id: None,
                tags: Vec::new(),
            };
            let credentials =
                Credentials::new("AKIDFAKE", "a secret of nobody", None, None, "test");
            let options = AwsOptions {
                credentials: Some(SharedCredentialsProvider::new(credentials)),
                attempts: 1,
                attempt_timeout: Duration::from_secs(5),
                call_timeout: Duration::from_secs(5),
            };
            runtime.block_on(AwsSecrets::connect_with(&settings, options)).unwrap()
        };
        let (plain, field) = (connect(None), connect(Some("key")));
        Self { runtime, plain, field, played }
    }
}

fn serve(stream: &TcpStream, played: &Mutex<Played>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut reader = BufReader::new(stream);
    loop {
        let (mut length, mut operation) = (0, String::new());
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let lower = line.trim().to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            if lower.starts_with("x-amz-target:") {
                line.trim().rsplit('.').next()?.clone_into(&mut operation);
            }
            if lower.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let asked: Value = serde_json::from_slice(&body).ok()?;
        let reply = answer(&operation, &asked, &mut played.lock().unwrap()).to_string();
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length:";
        let mut out = stream;
        out.write_all(format!("{head} {}\r\n\r\n{reply}", reply.len()).as_bytes()).ok()?;
    }
}

fn answer(operation: &str, asked: &Value, played: &mut Played) -> Value {
    let arn = "arn:aws:secretsmanager:ap-southeast-2:1:secret:main-AbCdEf";
    match operation {
        "DescribeSecret" => {
            json!({ "ARN": arn, "Name": "main", "VersionIdsToStages": { "one": ["AWSCURRENT"] } })
        }
        "GetSecretValue" => {
            json!({ "ARN": arn, "Name": "main", "VersionId": "one", "SecretString": played.text })
        }
        "PutSecretValue" => {
            played.put = asked["SecretString"].as_str().map(str::to_owned);
            let (id, stages) = (&asked["ClientRequestToken"], &asked["VersionStages"]);
            json!({ "ARN": arn, "Name": "main", "VersionId": id, "VersionStages": stages })
        }
        _ => json!({ "ARN": arn, "Name": "main" }),
    }
}

/// A secret's text: the first byte says whether it is a key alone or JSON with one. The key is read or
/// it is said why not, without it; and a new key is put in its place, with all else as it was.
pub(super) fn secret_text(data: &[u8]) {
    let Some((kind, text)) = data.split_first() else { return };
    let Ok(text) = from_utf8(text) else { return };
    let new = new_key("SANDBOX_SEC_new7h8j9m5p6q7r8");
    AWS.with(|aws| {
        let is_plain = kind % 2 == 0;
        let store = if is_plain { &aws.plain } else { &aws.field };
        *aws.played.lock().unwrap() = Played { text: text.to_owned(), put: None };
        let outcome = aws.runtime.block_on(async {
            let snapshot = store.read().await?;
            let held = snapshot.current.as_ref().map(|held| held.key.expose().to_owned());
            store.stage(&snapshot, &new).await.map(|_| held)
        });
        let put = aws.played.lock().unwrap().put.take();
        match outcome {
            // It is the new one already.
            Ok(Some(held)) if held == new.key.expose() => assert_eq!(put, None),
            Ok(held) => check_put(is_plain, text, &put.unwrap(), held.as_deref(), new.key.expose()),
            Err(error) => {
                let told = format!("{error} {error:?}");
                assert!(text.len() < 24 || !told.contains(text), "{told}");
            }
        }
    });
}

fn check_put(is_plain: bool, old: &str, new: &str, held: Option<&str>, key: &str) {
    if is_plain {
        assert_eq!(new.trim(), key);
        assert_eq!(Some(old.trim()).filter(|text| !text.is_empty()), held);
        return;
    }
    let (mut before, after): (Value, Value) =
        (serde_json::from_str(old).unwrap(), serde_json::from_str(new).unwrap());
    assert_eq!(after["key"], key);
    assert_eq!(before["key"].as_str().map(str::trim).filter(|text| !text.is_empty()), held);
    before["key"] = key.into();
    assert_eq!(before, after, "{old} became {new}");
}
