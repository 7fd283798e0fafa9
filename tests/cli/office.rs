//! An admin API over facilities that are played: each answers every command as it was told to, and
//! keeps what it was asked.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::Timestamp;
use quaymaster::admin::{
    Access, AdminParts, FreezeByHand, FreezeState, HistoryLine, Records, admin,
};
use quaymaster::clock::Clock;
use quaymaster::domain::condition::Condition;
use quaymaster::domain::names::{
    ActorName, CommunityCode, Environment, FacilityName, Fingerprint, KeyName, KeyRole, StoreName,
    VersionId,
};
use quaymaster::domain::product::Product;
use quaymaster::domain::secret_key::{Origin, State};
use quaymaster::http::{Address, Handler, Server};
use quaymaster::key::KeyText;
use quaymaster::quickstream::{Client, ClientOptions};
use quaymaster::service::by_hand::{ByHand, ByHandParts};
use quaymaster::service::facility::{
    Asked, BankLine, DeliveryLine, KeyLine, RefusedKind, RenewalLine, StoreLine,
};
use quaymaster::service::parts::Chance;
use quaymaster::service::{FacilityHandle, FacilityStatus, Refused, Report};
use quaymaster::settings::model::{Freeze, Role};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// What a played facility answers.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// It is done, or would be.
    Done,
    /// It is refused, in this way.
    Refused(RefusedKind),
    /// No answer comes.
    Silence,
}

/// What a played facility was asked: the command, who, why, and whether it was a dry run.
pub(crate) type Heard = (String, String, Option<String>, bool);

/// The played daemon.
pub(crate) struct Office {
    pub(crate) handler: Handler,
    pub(crate) heard: Arc<Mutex<Vec<Heard>>>,
    /// Every key that came with an install, to show that it arrived whole.
    pub(crate) installed: Arc<Mutex<Vec<KeyText>>>,
    pub(crate) answer: Arc<Mutex<Answer>>,
}

/// The bank that played facilities are asked about by hand.
pub(crate) struct Bank {
    /// Where it is.
    pub(crate) base_url: String,
    /// The secret key that readers are given.
    pub(crate) secret: Option<KeyText>,
    /// The file of the publishable key.
    pub(crate) publishable: Option<PathBuf>,
}

impl Bank {
    /// None that would answer.
    pub(crate) fn nowhere() -> Self {
        let base_url = "http://127.0.0.1:9/rest/v1".to_owned();
        Self { base_url, secret: None, publishable: None }
    }

    fn by_hand(&self, environment: Environment) -> ByHand {
        // A wait of twenty seconds takes two milliseconds.
        let clock = Clock::starting_at(time("2026-03-01T12:00:00Z"), 10_000.0);
        let options = ClientOptions::new(self.base_url.clone(), Product::QuickStream);
        let (_, current) = watch::channel(self.secret.clone());
        ByHand::new(ByHandParts {
            environment,
            product: Product::QuickStream,
            bank: Client::new(options, clock.clone()).unwrap(),
            clock,
            chance: Chance::new(|| 0.0),
            current,
            publishable: self.publishable.clone(),
        })
    }
}

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

impl Office {
    /// A daemon with these facilities, at noon UTC on 1 March 2026, whose user is number 1000; call
    /// within a runtime.
    pub(crate) fn open(facilities: Vec<FacilityStatus>, tokens: Option<PathBuf>) -> Self {
        Self::with(facilities, Access::for_user(1000, tokens), &Bank::nowhere())
    }

    /// The same for the user who runs the test, on a unix socket and on an address, as a whole
    /// program would serve it.
    pub(crate) async fn serve(
        facilities: Vec<FacilityStatus>,
        tokens: Option<PathBuf>,
        socket: &Path,
        bank: &Bank,
    ) -> (Self, SocketAddr) {
        let office = Self::with(facilities, Access::for_process(tokens), bank);
        let unix = Server::bind(&Address::Unix(socket.to_owned())).await.unwrap();
        let tcp = Server::bind(&Address::Tcp((Ipv4Addr::LOCALHOST, 0).into())).await.unwrap();
        let Address::Tcp(address) = *tcp.address() else { unreachable!("it was bound to one") };
        for server in [unix, tcp] {
            let (handler, stop) = (Arc::clone(&office.handler), CancellationToken::new());
            tokio::spawn(server.serve(handler, quaymaster::admin::limits(), stop));
        }
        (office, address)
    }

    fn with(facilities: Vec<FacilityStatus>, access: Access, bank: &Bank) -> Self {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let installed = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(Mutex::new(Answer::Done));
        let clock = Clock::starting_at(time("2026-03-01T12:00:00Z"), 0.0);
        let handles = facilities.into_iter().map(|status| {
            let (asks, mut asked) = mpsc::channel::<Asked>(4);
            let name = status.facility.clone();
            let by_hand = bank.by_hand(status.environment);
            let (sender, receiver) = watch::channel(Arc::new(status));
            let (heard, installed) = (Arc::clone(&heard), Arc::clone(&installed));
            let answer = Arc::clone(&answer);
            tokio::spawn(async move {
                let mut kept = Vec::new();
                while let Some(asked) = asked.recv().await {
                    play(asked, &heard, &installed, &answer, &mut kept);
                }
                drop(sender);
            });
            FacilityHandle::new(name, asks, receiver).with_by_hand(by_hand)
        });
        let (_, facilities) = watch::channel(handles.collect::<Vec<_>>());
        let parts = AdminParts {
            facilities,
            records: Arc::new(Ledger::default()),
            clock,
            access,
            version: "1.2.3",
            started_at: time("2026-02-27T23:30:00Z"),
        };
        Self { handler: admin(parts), heard, installed, answer }
    }
}

fn play(
    asked: Asked,
    heard: &Mutex<Vec<Heard>>,
    installed: &Mutex<Vec<KeyText>>,
    answer: &Mutex<Answer>,
    kept: &mut Vec<Asked>,
) {
    if let quaymaster::service::Command::Install { key } = &asked.command {
        installed.lock().unwrap().push(key.clone());
    }
    let label = asked.command.label();
    heard.lock().unwrap().push((
        label.to_owned(),
        asked.actor.to_string(),
        asked.reason.clone(),
        asked.dry_run,
    ));
    let answer = answer.lock().unwrap().clone();
    let reply = match answer {
        Answer::Silence => return kept.push(asked),
        Answer::Done => Ok(Report {
            summary: format!("The {label} is done"),
            steps: vec!["one step".to_owned(), "another step".to_owned()],
            changes_pending: asked.dry_run,
            next: vec!["look again: quaymaster key status".to_owned()],
        }),
        Answer::Refused(kind) => Err(Refused {
            label: "no_key",
            sentence: format!("the {label} cannot be done here"),
            kind,
        }),
    };
    drop(asked.reply.send(reply));
}

/// History and freezes in memory.
#[derive(Debug, Default)]
struct Ledger(Mutex<Option<FreezeByHand>>);

#[async_trait]
impl Records for Ledger {
    async fn history(
        &self,
        facility: &FacilityName,
        limit: usize,
    ) -> Result<Vec<HistoryLine>, Refused> {
        let line = |at: &str, event: &str, detail: &str| HistoryLine {
            at: time(at),
            event: event.to_owned(),
            key: Some(Fingerprint::from_bytes([1; 8])),
            key_name: Some(KeyName::new("QMTEST_SEC...abc123").unwrap()),
            state: Some(State::Current),
            actor: Some(ActorName::new("unix:1000").unwrap()),
            reason: None,
            detail: format!("{facility}: {detail}"),
        };
        let lines = vec![
            line("2026-02-28T02:00:00Z", "promote", "the key is what every reader is given"),
            line("2026-02-28T01:59:00Z", "prove", "both calls were answered 200"),
        ];
        Ok(lines.into_iter().take(limit).collect())
    }

    async fn freezes(&self) -> Result<FreezeState, Refused> {
        let by_hand = self.0.lock().unwrap().clone();
        let planned = vec![Freeze {
            from: "2026-12-15".parse().unwrap(),
            until: "2027-01-05".parse().unwrap(),
            reason: "year end".to_owned(),
        }];
        Ok(FreezeState { frozen: by_hand.is_some(), by_hand, planned })
    }

    async fn freeze(&self, freeze: FreezeByHand) -> Result<(), Refused> {
        *self.0.lock().unwrap() = Some(freeze);
        Ok(())
    }

    async fn thaw(&self, _by: ActorName, _reason: Option<String>) -> Result<(), Refused> {
        *self.0.lock().unwrap() = None;
        Ok(())
    }
}

/// A facility in good order.
pub(crate) fn facility(name: &str, environment: Environment) -> FacilityStatus {
    let key = |role, byte, state, expires: &str| KeyLine {
        role,
        fingerprint: Fingerprint::from_bytes([byte; 8]),
        name: Some(KeyName::new(format!("QMTEST_SEC...{byte:06x}")).unwrap()),
        state,
        origin: Origin::Fetched,
        expires_at: Some(time(expires)),
        proven_at: Some(time("2026-03-01T02:10:00Z")),
        version: Some(VersionId::new(format!("v{byte}")).unwrap()),
    };
    FacilityStatus {
        facility: FacilityName::new(name).unwrap(),
        environment,
        role: Role::Renewer,
        observer: false,
        community_code: Some(CommunityCode::new("QMTEST").unwrap()),
        condition: Condition::StoreDrift,
        condition_since: time("2026-02-28T02:00:00Z"),
        detail: "file:/var/lib/quaymaster/keys/main holds the key before the current one"
            .to_owned(),
        keys: vec![
            key(Some(KeyRole::Current), 2, State::Current, "2027-10-03T13:00:00Z"),
            key(Some(KeyRole::Previous), 1, State::Previous, "2026-03-02T15:30:00Z"),
        ],
        stores: vec![
            StoreLine {
                name: StoreName::new("aws-secrets-manager:quickstream/main").unwrap(),
                authority: true,
                in_sync: Some(true),
                problem: None,
            },
            StoreLine {
                name: StoreName::new("file:/var/lib/quaymaster/keys/main").unwrap(),
                authority: false,
                in_sync: Some(false),
                problem: Some("it holds the key before the current one".to_owned()),
            },
        ],
        deliveries: vec![DeliveryLine {
            target: "file:/run/quickstream".to_owned(),
            behind: false,
            delivered_at: Some(time("2026-02-28T02:00:05Z")),
            problem: None,
        }],
        renewal: RenewalLine {
            last_attempt_at: Some(time("2026-03-01T02:10:00Z")),
            last_success_at: Some(time("2026-03-01T02:10:00Z")),
            next_attempt_at: Some(time("2026-03-02T02:25:00Z")),
            calls_in_24h: 1,
            ..RenewalLine::default()
        },
        pin: None,
        bank: BankLine { available: true, reason: "ok", skew_seconds: Some(-1) },
        book_problem: None,
        delivered_once: true,
        as_of: time("2026-03-01T11:59:00Z"),
    }
}
