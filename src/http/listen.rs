//! Listening: binding early, with an error that names the address.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};
use thiserror::Error;
use tokio::net::{TcpListener, UnixListener};

/// Connections the kernel keeps for us before they are accepted.
const BACKLOG: i32 = 1024;

/// Who may connect to the unix socket: its owner.
const SOCKET_MODE: u32 = 0o600;

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// An address and port; port 0 lets the system choose.
    Tcp(SocketAddr),
    /// A unix socket, open to its owner only.
    Unix(PathBuf),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// Why an address cannot be listened on.
#[derive(Debug, Error)]
pub enum BindError {
    /// Another process listens there.
    #[error("cannot listen on {0}: another process listens there already")]
    InUse(Address),
    /// A file that is no socket is in the way; it is left alone.
    #[error("cannot listen on {0}: there is a file that is not a socket")]
    NotASocket(Address),
    /// The system refuses.
    #[error("cannot listen on {0}: {1}")]
    Refused(Address, io::Error),
}

/// A bound listener that does not answer yet.
#[derive(Debug)]
pub struct Server {
    pub(super) listener: Listener,
    address: Address,
}

/// The two kinds of listening socket.
#[derive(Debug)]
pub(super) enum Listener {
    Tcp(TcpListener),
    Unix { listener: UnixListener, _cleanup: Cleanup },
}

impl Server {
    /// Binds an address. A unix socket left behind by a process that is gone is replaced.
    ///
    /// # Errors
    ///
    /// The address is in use, a file is in the way, or the system refuses; each names the address.
    pub async fn bind(address: &Address) -> Result<Self, BindError> {
        match address {
            Address::Tcp(wanted) => {
                let refused = |error| refused(address, error);
                let listener = TcpListener::bind(wanted).await.map_err(refused)?;
                let address = Address::Tcp(listener.local_addr().map_err(refused)?);
                Ok(Self { listener: Listener::Tcp(listener), address })
            }
            Address::Unix(path) => {
                let listener = bind_unix(address, path)?;
                Ok(Self { listener, address: address.clone() })
            }
        }
    }

    /// Where it listens, with the port the system chose.
    pub fn address(&self) -> &Address {
        &self.address
    }
}

fn refused(address: &Address, error: io::Error) -> BindError {
    if error.kind() == io::ErrorKind::AddrInUse {
        BindError::InUse(address.clone())
    } else {
        BindError::Refused(address.clone(), error)
    }
}

fn bind_unix(address: &Address, path: &Path) -> Result<Listener, BindError> {
    let refused = |error| refused(address, error);
    clear_stale(address, path)?;
    // The mode is set between bind and listen: nobody can connect before it is right.
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)
        .map_err(|error| refused(error.into()))?;
    let name = SocketAddrUnix::new(path).map_err(|error| refused(error.into()))?;
    rustix::net::bind(&socket, &name).map_err(|error| refused(error.into()))?;
    let mode = std::fs::Permissions::from_mode(SOCKET_MODE);
    std::fs::set_permissions(path, mode).map_err(refused)?;
    let cleanup = Cleanup::of(path).map_err(refused)?;
    rustix::net::listen(&socket, BACKLOG).map_err(|error| refused(error.into()))?;
    let listener = UnixListener::from_std(socket.into()).map_err(refused)?;
    Ok(Listener::Unix { listener, _cleanup: cleanup })
}

/// Removes a socket nobody answers; anything else in the way is an error.
fn clear_stale(address: &Address, path: &Path) -> Result<(), BindError> {
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(refused(address, error)),
        Ok(metadata) if !metadata.file_type().is_socket() => {
            return Err(BindError::NotASocket(address.clone()));
        }
        Ok(_) => {}
    }
    match UnixStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            std::fs::remove_file(path).map_err(|error| refused(address, error))
        }
        Err(error) => Err(refused(address, error)),
        Ok(_) => Err(BindError::InUse(address.clone())),
    }
}

/// Removes the socket's name at the end, unless another process has taken it by then.
#[derive(Debug)]
pub(super) struct Cleanup {
    path: PathBuf,
    identity: (u64, u64),
}

impl Cleanup {
    fn of(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), identity: identity(path)? })
    }
}

impl Drop for Cleanup {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|now| now == self.identity) {
            // A name that stays is found stale by the next start.
            std::fs::remove_file(&self.path).ok();
        }
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let metadata = std::fs::symlink_metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}
