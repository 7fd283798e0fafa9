//! Where a process may die: every K-point of the failure model, by the store that has it, and the
//! trigger that makes it die there once.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quaymaster::deliver::files::Step as DeliverStep;
use quaymaster::sandbox::{Control, CutAt, Fault as BankFault};
use quaymaster::secrets::file::FileStep;
use quaymaster::service::points::{Died, Point};
use serde_json::Value;

use crate::fake_aws::{Fault, Operation};

/// A place at which the process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crash {
    /// Between two steps of the renewal.
    Point(Point),
    /// In the file store's write path; K13.
    File(FileStep, Loss),
    /// While files are delivered; K10.
    Deliver(DeliverStep),
    /// In a call to the bank: K0 before it acted, K1 after.
    Bank(Resource, CutAt),
    /// In a call to AWS: K3, K7 and K8 after it acted.
    Aws(AwsCall, When),
}

/// What the machine loses besides the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// Nothing: the kernel keeps what was written.
    Process,
    /// Whatever was not flushed.
    Power,
}

/// What becomes of the process at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Dies,
    /// It sees an error, as of a lost reply or a full disk, and goes on.
    Lives,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resource {
    Root,
    Latest,
}

/// A call to AWS, by what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AwsCall {
    Describe,
    Get,
    Create,
    Put,
    /// `AWSCURRENT` moves.
    MoveCurrent,
    /// A pending label is taken off: after a promotion, K8.
    TakePending,
    /// `AWSPREVIOUS` is taken off: K12.
    TakePrevious,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    Before,
    After,
}

impl AwsCall {
    pub(crate) const ALL: [AwsCall; 7] = [
        Self::Describe,
        Self::Get,
        Self::Create,
        Self::Put,
        Self::MoveCurrent,
        Self::TakePending,
        Self::TakePrevious,
    ];

    fn is(self, operation: Operation, input: &Value) -> bool {
        let label = input["VersionStage"].as_str().unwrap_or_default();
        let takes = input.get("MoveToVersionId").is_none_or(Value::is_null);
        match self {
            Self::Describe => operation == Operation::Describe,
            Self::Get => operation == Operation::Get,
            Self::Create => operation == Operation::Create,
            Self::Put => operation == Operation::Put,
            Self::MoveCurrent => operation == Operation::UpdateStage && label == "AWSCURRENT",
            Self::TakePending => {
                operation == Operation::UpdateStage && takes && label.starts_with("QS-")
            }
            Self::TakePrevious => {
                operation == Operation::UpdateStage && takes && label == "AWSPREVIOUS"
            }
        }
    }
}

/// Every place at which a renewal on the encrypted file store may die.
pub(crate) fn of_file_store() -> Vec<Crash> {
    let steps = FileStep::ALL.iter().map(|step| Crash::File(*step, Loss::Process));
    let power = [
        FileStep::VersionSync,
        FileStep::VersionSyncDirectory,
        FileStep::PointerSync,
        FileStep::PointerSyncDirectory,
    ];
    let power = power.into_iter().map(|step| Crash::File(step, Loss::Power));
    let delivery = DeliverStep::ALL.iter().map(|step| Crash::Deliver(*step));
    shared().chain(steps).chain(power).chain(delivery).collect()
}

/// Every place at which a renewal on AWS may die; the first key's creation is apart.
pub(crate) fn of_aws() -> Vec<Crash> {
    let calls = AwsCall::ALL.into_iter().filter(|call| *call != AwsCall::Create);
    let cuts =
        calls.flat_map(|call| [When::Before, When::After].map(|when| Crash::Aws(call, when)));
    shared().chain(cuts).collect()
}

fn shared() -> impl Iterator<Item = Crash> {
    let bank = [Resource::Root, Resource::Latest].into_iter();
    let bank = bank.flat_map(|what| [CutAt::Before, CutAt::After].map(|at| Crash::Bank(what, at)));
    Point::ALL.iter().map(|point| Crash::Point(*point)).chain(bank)
}

/// Every place at which a process can also see an error and go on.
pub(crate) fn survivable(places: &[Crash]) -> Vec<Crash> {
    let survivable = |place: &Crash| match place {
        Crash::Point(_) | Crash::File(_, Loss::Power) => false,
        Crash::File(_, Loss::Process) | Crash::Deliver(_) | Crash::Bank(..) | Crash::Aws(..) => {
            true
        }
    };
    places.iter().copied().filter(survivable).collect()
}

/// Makes the process die at the place it is set to, once, and keeps it dead: nothing it tries after
/// that reaches a disk or AWS.
#[derive(Clone)]
pub(crate) struct Trigger(Arc<Mutex<Set>>);

#[derive(Default)]
struct Set {
    at: Option<Crash>,
    lives: bool,
    dead: bool,
    /// The bank's rule, while the place is a call to it.
    rule: Option<u64>,
    /// The pointer as it was before it was replaced.
    pointer: Option<Vec<u8>>,
    hits: Vec<Crash>,
    bank: Option<Control>,
}

impl Trigger {
    pub(crate) fn new(bank: Control) -> Self {
        Self(Arc::new(Mutex::new(Set { bank: Some(bank), ..Set::default() })))
    }

    fn set(&self) -> MutexGuard<'_, Set> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new process, which meets `fate` at `at`.
    pub(crate) fn arm(&self, at: Option<Crash>, fate: Fate) {
        let mut set = self.set();
        set.at = at;
        set.lives = fate == Fate::Lives;
        set.dead = false;
        let bank = set.bank.clone().unwrap();
        bank.clear_faults();
        set.rule = match at {
            Some(Crash::Bank(what, cut)) => {
                let path = if what == Resource::Root { "/" } else { "/api-keys/latest" };
                let path = Some(path.to_owned());
                let rule =
                    BankFault { path, cut: Some(cut), times: Some(1), ..BankFault::default() };
                Some(bank.add_faults(vec![rule]).unwrap()[0])
            }
            _ => None,
        };
    }

    /// Whether the process has met its death.
    pub(crate) fn is_dead(&self) -> bool {
        let mut set = self.set();
        set.hear_of_the_bank();
        set.dead
    }

    /// Whether it is still to die.
    pub(crate) fn waits(&self) -> bool {
        !self.is_dead() && self.set().at.is_some()
    }

    /// The places at which it died since they were last asked for.
    pub(crate) fn take_hits(&self) -> Vec<Crash> {
        std::mem::take(&mut self.set().hits)
    }

    pub(crate) fn point(&self, point: Point) -> Result<(), Died> {
        let mut set = self.set();
        set.hear_of_the_bank();
        if set.dead || set.strikes(Crash::Point(point)) { Err(Died) } else { Ok(()) }
    }

    pub(crate) fn deliver(&self, step: DeliverStep) -> io::Result<()> {
        let mut set = self.set();
        if set.dead || set.strikes(Crash::Deliver(step)) { Err(died()) } else { Ok(()) }
    }

    pub(crate) fn aws(&self, operation: Operation, input: &Value) -> Option<Fault> {
        let mut set = self.set();
        if set.dead {
            return Some(Fault::CutBefore);
        }
        let Some(Crash::Aws(call, when)) = set.at else { return None };
        if !call.is(operation, input) || !set.strikes(Crash::Aws(call, when)) {
            return None;
        }
        Some(if when == When::Before { Fault::CutBefore } else { Fault::CutAfter })
    }

    pub(crate) fn file(&self, step: FileStep, directory: &PathBuf) -> io::Result<()> {
        let mut set = self.set();
        if set.dead {
            return Err(died());
        }
        if step == FileStep::PointerWrite {
            set.pointer = std::fs::read(directory.join("CURRENT")).ok();
        }
        let Some(Crash::File(at, loss)) = set.at else { return Ok(()) };
        if at != step || !set.strikes(Crash::File(at, loss)) {
            return Ok(());
        }
        if loss == Loss::Power {
            lose_power(step, directory, set.pointer.as_deref());
        }
        Err(died())
    }
}

impl Set {
    fn strikes(&mut self, here: Crash) -> bool {
        if self.dead || self.at != Some(here) {
            return false;
        }
        self.at = None;
        self.dead = !self.lives;
        self.hits.push(here);
        true
    }

    fn hear_of_the_bank(&mut self) {
        let (Some(rule), Some(at)) = (self.rule, self.at) else { return };
        let rules = self.bank.as_ref().map(Control::faults).unwrap_or_default();
        let rules = rules.as_array().into_iter().flatten();
        let struck = |one: &Value| one["id"] == rule && one["struck"].as_u64() > Some(0);
        if rules.into_iter().any(struck) {
            self.strikes(at);
        }
    }
}

/// What a power cut does at a step: a file that was not flushed is empty, a name that was not
/// flushed is as it was before.
fn lose_power(step: FileStep, directory: &PathBuf, pointer: Option<&[u8]>) {
    let names = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let names: BTreeSet<PathBuf> = names.collect();
    let is = |path: &PathBuf, end: &str| path.extension().is_some_and(|extension| extension == end);
    match step {
        FileStep::VersionSync | FileStep::PointerSync => {
            for path in names.iter().filter(|path| is(path, "tmp")) {
                std::fs::write(path, "").unwrap();
            }
        }
        FileStep::VersionSyncDirectory => {
            let born = |path: &PathBuf| std::fs::metadata(path).unwrap().modified().unwrap();
            let newest =
                names.iter().filter(|path| is(path, "sealed")).max_by_key(|path| born(path));
            std::fs::remove_file(newest.unwrap()).unwrap();
        }
        FileStep::PointerSyncDirectory => match pointer {
            Some(bytes) => std::fs::write(directory.join("CURRENT"), bytes).unwrap(),
            None => std::fs::remove_file(directory.join("CURRENT")).unwrap(),
        },
        FileStep::VersionWrite
        | FileStep::VersionRename
        | FileStep::VersionDone
        | FileStep::PointerWrite
        | FileStep::PointerRename
        | FileStep::PointerDone
        | FileStep::Delete
        | FileStep::DeleteSyncDirectory => {}
    }
}

fn died() -> io::Error {
    io::Error::other("the process died here")
}
