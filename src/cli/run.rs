//! `run`, the daemon, and `sandbox`, a QuickStream of one's own: the two commands that stay.

use std::future::Future;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::args::{Run, Sandbox};
use super::ask::Desk;
use super::console;
use super::exit::{Exit, Outcome};
use super::failure::Failure;
use crate::clock::Clock;
use crate::logs::{Colour, Logs, Options};
use crate::sandbox::{self, SandboxOptions};
use crate::settings;
use crate::settings::model::LogFormat;

/// Runs the daemon until it is told to end.
pub(super) fn run(desk: &Desk, _asked: &Run) -> Outcome {
    let loaded = settings::load(&desk.sources()).map_err(|error| {
        Failure::usage(error.to_string()).try_this("to see every setting: quaymaster config schema")
    })?;
    for warning in &loaded.warnings {
        console::say(&format!("warning: {warning}"));
    }
    Err(Failure::new(Exit::Failed, "the daemon is not in this build yet"))
}

/// Runs a sandbox until it is told to end.
pub(super) fn sandbox(asked: &Sandbox) -> Outcome {
    staying(async {
        let mut end = ToldToEnd::listen()?;
        let clock = Clock::machine();
        let filter = "info".parse().map_err(|_| Failure::usage("the log level cannot be set"))?;
        let options =
            Options { format: LogFormat::Pretty, filter, colour: Colour::detect(), clock };
        // An error means that logs run already, which is what is wanted.
        Logs::start(options).ok();
        let options = SandboxOptions {
            listen: asked.listen,
            data: asked.data.clone(),
            seed_file: asked.seed_file.clone(),
            seed: asked.seed,
            rate: asked.rate,
            start_at: asked.start_at,
            ..SandboxOptions::default()
        };
        let running = sandbox::Sandbox::start(options).await.map_err(|error| {
            Failure::new(Exit::Failed, error.to_string())
                .try_this("to listen where there is room: quaymaster sandbox --listen 127.0.0.1:0")
        })?;
        let address = running.address();
        // The first line is for programs that started us and want to know where.
        console::data(&format!("http://{address}\n"))?;
        console::say(&format!(
            "the API is at http://{address}/rest/v1; http://{address}/_sandbox sets the clock, makes \
             faults and keys, and lists what else there is\nCtrl-C ends it"
        ));
        end.told().await;
        running.stop().await;
        Ok(Exit::Done)
    })
}

/// Runs what stays until it ends by itself.
fn staying(work: impl Future<Output = Outcome>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Failed, format!("cannot start: {error}")))?;
    runtime.block_on(work)
}

/// Ctrl-C and SIGTERM, listened for from the moment this is made: whoever reads our first line may
/// send one at once.
struct ToldToEnd {
    interrupt: Signal,
    terminate: Signal,
}

impl ToldToEnd {
    fn listen() -> Result<Self, Failure> {
        let listen = |kind| {
            let what = "the system lets us listen for no signals";
            signal(kind).map_err(|_| Failure::new(Exit::Failed, what))
        };
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    async fn told(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
