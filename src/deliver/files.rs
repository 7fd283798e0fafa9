//! Files in a directory, as a reader that knows nothing of us wants them: `current`, `previous` and
//! `metadata.json`, which always belong together.
//!
//! The names are links into a version of their own, `..data`, which is itself a link that is swapped
//! whole, as Kubernetes does it with mounted secrets. Whoever opens a name gets the old content or the
//! new one; whoever wants several that belong together resolves `..data` first and reads below it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rustix::fs::Access;
use tokio::sync::Semaphore;
use tokio::task;
use zeroize::Zeroizing;

use super::{DeliverError, Deliverable, DeliveryTarget, Digest, Rehearsed, Tried, Trouble};
use crate::metrics::labels::TargetKind;
use crate::settings::model::FilesTarget;

mod hooks;
mod metadata;
mod place;
mod volume;

pub use hooks::{Hooks, Step};
use volume::{Problem, State, Volume, Wanted};

/// The file with the key to use; nothing but the key, without a line's end.
pub const CURRENT: &str = "current";
/// The file with the key before it; there only while the bank accepts it.
pub const PREVIOUS: &str = "previous";
/// The file that says what the two are, without a key in it.
pub const METADATA: &str = "metadata.json";

/// How long the old files stay after the swap, for readers that resolved `..data` just before it:
/// long enough to open three small files, short enough that a leaked key is gone at once.
const LINGER: Duration = Duration::from_millis(250);

/// Files in a directory.
#[derive(Clone, Debug)]
pub struct Files {
    name: String,
    volume: Arc<Volume>,
    turn: Arc<Semaphore>,
    linger: Duration,
}

impl Files {
    /// Ties the target to its directory; nothing is touched yet.
    pub fn open(target: &FilesTarget, hooks: Hooks) -> Self {
        Self {
            name: format!("file:{}", target.directory.display()),
            volume: Arc::new(Volume::new(target, hooks)),
            turn: Arc::new(Semaphore::new(1)),
            linger: LINGER,
        }
    }

    /// Leaves old files for another time than the usual quarter of a second.
    #[must_use]
    pub fn lingering(self, linger: Duration) -> Self {
        Self { linger, ..self }
    }

    /// Does file work where it holds up nobody. Work that hangs and was given up on keeps its turn, so
    /// that it can never put an old key over a later one.
    async fn away<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Volume) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, DeliverError> {
        let volume = Arc::clone(&self.volume);
        let turn = Arc::clone(&self.turn).acquire_owned().await;
        let done = task::spawn_blocking(move || {
            let _turn = turn;
            work(&volume)
        })
        .await;
        let done = done.unwrap_or_else(|_| {
            Err(Problem::new(Trouble::Unavailable, "the delivery was cut short; it is tried again"))
        });
        done.map_err(|problem| DeliverError {
            target: self.name.clone(),
            kind: problem.kind,
            detail: problem.detail,
        })
    }
}

#[async_trait]
impl DeliveryTarget for Files {
    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> TargetKind {
        TargetKind::File
    }

    fn digest(&self, what: &Deliverable) -> Digest {
        Digest::of_content(what)
    }

    async fn needs(
        &self,
        what: &Deliverable,
        _remembered: Option<&Digest>,
    ) -> Result<bool, DeliverError> {
        let wanted = wanted(what);
        self.away(move |volume| Ok(volume.look(&wanted)? != State::Right)).await
    }

    async fn deliver(&self, what: &Deliverable) -> Result<(), DeliverError> {
        let wanted = wanted(what);
        let placed = self.away(move |volume| volume.put(&wanted)).await?;
        if placed.old_remains() {
            tokio::time::sleep(self.linger).await;
        }
        self.away(move |volume| volume.sweep(&placed)).await
    }

    async fn rehearse(&self, what: &Deliverable) -> Result<Rehearsed, DeliverError> {
        let place = Arc::new(self.volume.rehearsal());
        let beside = Self { volume: place, ..self.clone() };
        // What a rehearsal left that was cut short.
        beside.away(Volume::remove).await?;
        let wanted = wanted(what);
        let delivered = beside
            .away(move |volume| {
                volume.put(&wanted).and_then(|placed| volume.sweep(&placed))?;
                if volume.look(&wanted)? == State::Right {
                    return Ok(());
                }
                let detail = "what was written beside it is not what is there";
                Err(Problem::new(Trouble::Failed, detail))
            })
            .await;
        beside.away(Volume::remove).await?;
        delivered.map(|()| Rehearsed::Delivered)
    }

    async fn check(&self) -> Vec<Tried> {
        let volume = Arc::clone(&self.volume);
        let tried = task::spawn_blocking(move || {
            let place = Tried { what: "the directory".to_owned(), outcome: writable(&volume) };
            let group = volume.group.map(|group| Tried {
                what: format!("group {group}"),
                outcome: place::may_give(group),
            });
            [place].into_iter().chain(group).collect()
        });
        tried.await.unwrap_or_default()
    }
}

/// Whether the directory, or the one it will be made in, can be written to.
fn writable(volume: &Volume) -> Result<String, String> {
    let may = |path: &Path| {
        rustix::fs::access(path, Access::WRITE_OK | Access::EXEC_OK)
            .map_err(|error| format!("{} cannot be written to: {error}", path.display()))
    };
    let directory = volume.directory();
    if directory.exists() {
        let seen = place::judge(directory).map_err(|problem| problem.detail)?;
        may(directory)?;
        return Ok(seen.to_owned());
    }
    let parent = directory.parent().filter(|parent| parent.is_dir());
    let parent = parent.ok_or_else(|| "neither it nor its parent exists; create one".to_owned())?;
    may(parent)?;
    Ok("it does not exist yet and can be made".to_owned())
}

/// The files as they should be.
fn wanted(what: &Deliverable) -> Wanted {
    let digest = Digest::of_content(what);
    let text = |key: &super::DeliveredKey| Zeroizing::new(key.key.expose().as_bytes().to_vec());
    let metadata = Zeroizing::new(metadata::of(what, &digest).into_bytes());
    let mut files = vec![(METADATA, metadata)];
    files.extend(what.previous.as_ref().map(|previous| (PREVIOUS, text(previous))));
    // The link of this name is made last: a reader that waits for it finds the others there.
    files.push((CURRENT, text(&what.current)));
    Wanted { digest, files }
}
