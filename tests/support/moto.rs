//! moto, which plays AWS Secrets Manager, run for as long as a test wants it.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use crate::peers;

/// How long it may take to listen, in tries of 50 ms: a minute, for a machine that is busy.
const START_TRIES: u32 = 1200;

/// A server; ended, by its process id, when dropped.
#[derive(Debug)]
pub(crate) struct Moto {
    address: SocketAddr,
    server: Child,
}

impl Moto {
    /// The one that other tests use at the moment, or a new one; `None` if moto is not installed.
    pub(crate) fn shared(test: &str) -> Option<Arc<Self>> {
        static SHARED: Mutex<Weak<Moto>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(moto) = shared.upgrade() {
            return Some(moto);
        }
        let moto = Arc::new(Self::start(test)?);
        *shared = Arc::downgrade(&moto);
        Some(moto)
    }

    fn start(test: &str) -> Option<Self> {
        let program = peers::program("moto_server", test)?;
        // Nobody listens on it at the moment; should somebody be faster than moto, moto ends at once.
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let server = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", &address.port().to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut moto = Self { address, server };
        moto.wait_until_it_listens();
        Some(moto)
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    fn wait_until_it_listens(&mut self) {
        for _ in 0..START_TRIES {
            if TcpStream::connect(self.address).is_ok() {
                return;
            }
            let ended = self.server.try_wait().unwrap();
            assert!(ended.is_none(), "moto ended before it listened: {ended:?}");
            thread::sleep(Duration::from_millis(50));
        }
        panic!("moto does not listen on {}", self.address);
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        drop(self.server.kill());
        drop(self.server.wait());
    }
}
