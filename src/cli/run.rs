//! `run`, the daemon, and `sandbox`, a QuickStream of one's own: the two commands that stay.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::args::{Run, Sandbox};
use super::ask::Desk;
use super::console;
use super::exit::{Exit, Outcome};
use super::failure::Failure;
use crate::admin::records::BookRecords;
use crate::admin::{self, Access, AdminParts};
use crate::clock::Clock;
use crate::daemon::harden::harden;
use crate::daemon::{Daemon, DaemonError};
use crate::http::{Address, Handler, Limits, Server};
use crate::logs::{Colour, Logs, Options};
use crate::sandbox::{self, SandboxOptions};
use crate::settings::model::{AdminListen, Book, Log, LogFormat, Settings};
use crate::settings::{Loaded, Watched};
use crate::store;

/// How long threads in the middle of a file's reading or writing are waited for at the end.
const THREADS_WAIT: Duration = Duration::from_secs(1);

/// How often it is looked whether the admin socket still has its name.
const SOCKET_LOOKS: Duration = Duration::from_secs(5);

/// How soon a socket that could not be made again is tried once more.
const BIND_AGAIN: Duration = Duration::from_mins(1);

/// Runs the daemon until it is told to end.
pub(super) fn run(desk: &Desk, asked: &Run) -> Outcome {
    let hardening = harden();
    let (watched, loaded) = Watched::start(desk.sources()).map_err(|error| {
        Failure::usage(error.to_string()).try_this("to see every setting: quaymaster config schema")
    })?;
    for warning in &loaded.warnings {
        console::say(&format!("warning: {warning}"));
    }
    for problem in &hardening.problems {
        console::say(&format!("warning: {problem}"));
    }
    if loaded.settings.require_hardening {
        hardening.require().map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
    }
    let logs = start_logs(&loaded.settings.log, desk.log_colour)?;
    staying(stay(desk, asked.once.then_some(asked.timeout), watched, loaded, logs))
}

fn start_logs(log: &Log, colour: Colour) -> Result<Option<Logs>, Failure> {
    let filter = log.level.parse().map_err(|_| Failure::usage("log.level cannot be understood"))?;
    let options = Options { format: log.format, filter, colour, clock: Clock::machine() };
    // An error means that logs run already, which is what is wanted.
    Ok(Logs::start(options).ok())
}

async fn stay(
    desk: &Desk,
    once: Option<Duration>,
    watched: Watched,
    loaded: Loaded,
    logs: Option<Logs>,
) -> Outcome {
    let mut end = ToldToEnd::listen()?;
    let mut loaded = loaded;
    let _claim = match store::claim(&loaded.settings.store).await {
        Ok(claim) => claim,
        Err(taken) if once.is_some() => {
            console::say(&format!("{taken}; this run delivers without it"));
            loaded.settings.store = Book::Memory;
            None
        }
        Err(taken) => {
            return Err(Failure::new(Exit::Failed, taken.to_string())
                .try_this("what this means and what to do: quaymaster explain book_in_use"));
        }
    };
    let settings = loaded.settings.clone();
    let failed = |error: DaemonError| {
        let remedy = match error {
            DaemonError::Admin(_) => {
                "what this means and what to do: quaymaster explain port_in_use"
            }
            DaemonError::Sandbox(_)
            | DaemonError::Ops(_)
            | DaemonError::Directory { .. }
            | DaemonError::Compose(_) => {
                "to try every address, directory and permission: quaymaster config check --live"
            }
        };
        Failure::new(Exit::Failed, error.to_string()).try_this(remedy)
    };
    let mut daemon = Box::pin(Daemon::start(loaded, watched, logs)).await.map_err(failed)?;
    let (stop, serving) = serve_admin(&mut daemon, &settings);
    let done = if let Some(wait) = once {
        let delivered = tokio::time::timeout(wait, daemon.delivered());
        tokio::select! {
            done = delivered => done.map(|()| Exit::Done).map_err(|_| not_delivered(&daemon)),
            () = end.told() => Ok(Exit::Interrupted),
        }
    } else {
        greet(desk, &daemon, &settings);
        end.told_or(|| daemon.reload()).await;
        match settings.log.format {
            LogFormat::Pretty => {
                console::say("stopping; what is under way goes on at the next start");
            }
            LogFormat::Json => tracing::info!("stopping"),
        }
        Ok(Exit::Done)
    };
    stop.cancel();
    for task in serving {
        // A listener that failed has ended, which is what is wanted.
        task.await.ok();
    }
    daemon.stop().await;
    done
}

/// Serves the admin listeners.
fn serve_admin(
    daemon: &mut Daemon,
    settings: &Settings,
) -> (CancellationToken, Vec<JoinHandle<()>>) {
    let stop = CancellationToken::new();
    let parts = AdminParts {
        facilities: daemon.facilities(),
        records: Arc::new(BookRecords {
            book: daemon.book().clone(),
            clock: daemon.clock().clone(),
            settings: daemon.settings(),
        }),
        clock: daemon.clock().clone(),
        access: Access::for_process(settings.access.tokens.clone()),
        version: env!("CARGO_PKG_VERSION"),
        started_at: daemon.started_at(),
    };
    let handler = admin::admin(parts);
    let mut serving = Vec::new();
    for server in daemon.take_admin() {
        let limits = admin::limits();
        serving.push(tokio::spawn(keep_serving(server, handler.clone(), limits, stop.clone())));
    }
    (stop, serving)
}

/// Serves until `stop`, and binds a unix socket anew whose name was deleted: nobody finds the old one.
async fn keep_serving(
    mut server: Server,
    handler: Handler,
    limits: Limits,
    stop: CancellationToken,
) {
    let address = server.address().clone();
    loop {
        let gone = stop.child_token();
        let serving = server.serve(handler.clone(), limits.clone(), gone.clone());
        let mut serving = std::pin::pin!(serving);
        tokio::select! {
            () = &mut serving => return,
            () = name_deleted(&address) => {}
        }
        tracing::warn!(address = %address, "the admin socket was deleted; it is made again");
        gone.cancel();
        serving.await;
        server = loop {
            match Server::bind(&address).await {
                Ok(server) => break server,
                Err(error) => tracing::error!(error = %error, "the admin API cannot listen again"),
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(BIND_AGAIN) => {}
            }
        };
    }
}

/// Waits until a unix socket's name is gone; for ever on a port.
async fn name_deleted(address: &Address) {
    let Address::Unix(path) = address else { return std::future::pending().await };
    let gone = |error: std::io::Error| error.kind() == std::io::ErrorKind::NotFound;
    while !path.symlink_metadata().is_err_and(gone) {
        tokio::time::sleep(SOCKET_LOOKS).await;
    }
}

/// Says where the daemon listens and what to type next; to a machine that reads the logs, in a line
/// of them.
fn greet(desk: &Desk, daemon: &Daemon, settings: &Settings) {
    let ops = daemon.ops_address();
    if settings.log.format == LogFormat::Json {
        tracing::info!(address = ops.map(tracing::field::display), "the daemon runs");
        return;
    }
    let mut lines = vec![format!("quaymaster {}", env!("CARGO_PKG_VERSION"))];
    let mut add = |what: &str, how: String| lines.push(format!("  {what:<12}{how}"));
    if let Some(sandbox) = daemon.sandbox() {
        let (address, pace) = (sandbox.address(), pace(daemon.clock().rate()));
        add("sandbox", format!("a QuickStream of our own at http://{address}/rest/v1"));
        add("clock", format!("the bank's and ours are one, and {pace}"));
    }
    if let Some(address) = ops {
        add(
            "metrics",
            format!("http://{address}/metrics, and health at /livez, /readyz, /startupz"),
        );
    }
    if let Some(AdminListen::Unix(_) | AdminListen::Tcp(_)) = settings.listen.admin.first() {
        let config = desk.config.display();
        add("type next", format!("quaymaster status --config {config}"));
    }
    add("to end", "Ctrl-C; started again, it goes on where it was".to_owned());
    console::say(&lines.join("\n"));
}

/// How fast a clock runs, for people.
fn pace(rate: f64) -> String {
    match rate {
        1.0 => "keeps the machine's pace".to_owned(),
        3600.0 => "an hour passes in each second".to_owned(),
        rate => format!("{rate} seconds pass in each real one"),
    }
}

fn not_delivered(daemon: &Daemon) -> Failure {
    let mut why = Vec::new();
    for handle in daemon.facilities().borrow().iter() {
        let status = handle.status();
        if !status.delivered_once {
            let condition = status.condition;
            why.push(format!(
                "{}: {} ({}). {}",
                status.facility,
                condition.label(),
                status.detail,
                condition.remedy()
            ));
        }
    }
    Failure::new(Exit::TimedOut, format!("no usable key was delivered in time: {}", why.join("; ")))
}

/// Runs a sandbox until it is told to end.
pub(super) fn sandbox(desk: &Desk, asked: &Sandbox) -> Outcome {
    staying(async {
        let mut end = ToldToEnd::listen()?;
        let clock = Clock::machine();
        let filter = "info".parse().map_err(|_| Failure::usage("the log level cannot be set"))?;
        let options = Options { format: LogFormat::Pretty, filter, colour: desk.log_colour, clock };
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
            "the API is at http://{address}/rest/v1, and described at http://{address}/openapi.json; \
             http://{address}/_sandbox/ in a browser shows the requests and sets the clock, and to \
             programs lists what else there is\nCtrl-C ends it"
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
    let outcome = runtime.block_on(work);
    // A thread that waits for a disk that never answers must not keep the process from ending.
    runtime.shutdown_timeout(THREADS_WAIT);
    outcome
}

/// Ctrl-C and SIGTERM, listened for from the moment this is made: whoever reads our first line may
/// send one at once.
struct ToldToEnd {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
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
            hang_up: listen(SignalKind::hangup())?,
        })
    }

    /// Waits to be told to end, and calls `reload` on each SIGHUP meanwhile.
    async fn told_or(&mut self, reload: impl Fn()) {
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => return,
                _ = self.terminate.recv() => return,
                _ = self.hang_up.recv() => reload(),
            }
        }
    }

    async fn told(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
