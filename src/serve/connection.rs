//! Accepts connections, handles the requests of each in order, and closes those of slow clients.
//!
//! The timeouts: a request's head 10 s (after the previous response), a body 10 s, reading a response 30 s, all requests of
//! one connection 2 minutes plus the time of the last one.

use std::convert::Infallible;
use std::io;
use std::net::TcpListener as StdListener;
use std::panic::{self, AssertUnwindSafe};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf, Take};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Notify, Semaphore, watch};
use tokio::time::{Sleep, sleep, timeout};

use super::slots::REQUEST_TIMEOUT;
use super::slots::{ConnectionSlot, ConnectionSlots};
use super::wire::ResponseBody;
use crate::error::{Error, Result, system_message};

/// The cause where the library that waits for connections names none.
const REFUSED: &str = "the system refuses a call that it needs";

/// How long a client may take to read a response.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// After this time a connection is closed after its current request.
const MAX_LIFETIME: Duration = Duration::from_secs(120);
/// The most of a request's head, in bytes; beyond it the response is 431.
const MAX_HEAD: usize = 32 << 10;
/// How much is read at once, in bytes: buffers that are never filled at once do not grow.
const AT_ONCE: u64 = 4 << 10;
/// How many clients at once get a 503 response; further ones are closed at once.
const MAX_REJECTING: usize = 32;
/// Connections that the system keeps until they are accepted.
const BACKLOG: i32 = 1024;
/// Descriptors of a thread that drives connections.
const PER_REACTOR: usize = 4;
/// Descriptors for the signals.
const FOR_SIGNALS: usize = 2;
/// Descriptors of a connection with its request, and of a page that is verified meanwhile.
const FOR_REQUEST: usize = 12;

/// Handles a request of the connection that has the slot.
pub(super) type Handler =
    Arc<dyn Fn(Arc<ConnectionSlot>, Request<Incoming>) -> ResponseFuture + Send + Sync>;

/// A response in progress. It is boxed, so that hyper can return the parts of the connection at its end.
type ResponseFuture =
    Pin<Box<dyn Future<Output = std::result::Result<Response<ResponseBody>, Infallible>> + Send>>;

/// The threads that drive connections. Without any, the accepting thread does.
struct Reactors {
    handles: Vec<Handle>,
    next: usize,
}

/// A server with all that it needs to accept connections.
pub(super) struct Server {
    runtime: Runtime,
    stop: watch::Sender<()>,
    doors: Doors,
}

/// What the accepting thread waits for, and where connections go.
struct Doors {
    listener: TcpListener,
    terminate: Signal,
    interrupt: Signal,
    reactors: Reactors,
    /// Notified when one of the threads that drive connections cannot go on.
    broken: Arc<Notify>,
    stopping: watch::Receiver<()>,
}

impl Server {
    /// Prepares to accept connections, so that nothing that is lacking shows only when the first one comes.
    ///
    /// # Errors
    ///
    /// [`Error::System`], also if the descriptors do not suffice for one connection and its request.
    pub(super) fn prepare(listener: StdListener, reactors: usize) -> Result<Server> {
        let reactors = affordable_reactors(&listener, reactors)?;
        listener.set_nonblocking(true).map_err(fault)?;
        // A failure only leaves the queue shorter.
        rustix::net::listen(&listener, BACKLOG).ok();
        let runtime = reactor()?;
        let (stop, stopping) = watch::channel(());
        let broken = Arc::new(Notify::new());
        let mut handles: Vec<Handle> = (0..reactors)
            .map_while(|_| start(stopping.clone(), Arc::clone(&broken)))
            .collect();
        if handles.is_empty() {
            handles.push(runtime.handle().clone());
        }
        let doors = catch_refused_call(|| {
            let _entered = runtime.enter();
            Ok(Doors {
                listener: TcpListener::from_std(listener).map_err(fault)?,
                terminate: signal(SignalKind::terminate()).map_err(fault)?,
                interrupt: signal(SignalKind::interrupt()).map_err(fault)?,
                reactors: Reactors { handles, next: 0 },
                broken,
                stopping,
            })
        })?;
        Ok(Server {
            runtime,
            stop,
            doors,
        })
    }

    /// Serves connections until SIGTERM or SIGINT, then finishes the requests in progress.
    ///
    /// # Errors
    ///
    /// [`Error::System`] if the system refuses what each wait for connections needs.
    pub(super) fn run(self, handler: Handler, slots: &Arc<ConnectionSlots>) -> Result<()> {
        let Server {
            runtime,
            stop,
            doors,
        } = self;
        catch_refused_call(|| runtime.block_on(accept(handler, slots, doors)))?;
        stop.send(()).ok();
        // Closed once every connection has dropped its receiver.
        catch_refused_call(|| {
            runtime.block_on(async { timeout(REQUEST_TIMEOUT, stop.closed()).await.ok() });
            Ok(())
        })
    }
}

fn fault(cause: io::Error) -> Error {
    Error::System {
        doing: "wait for connections",
        cause,
    }
}

/// Runs what panics where the system refuses a call: the library that waits for connections and signals returns no error
/// of its own calls.
fn catch_refused_call<T>(run: impl FnOnce() -> Result<T>) -> Result<T> {
    panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|payload| {
        let said = payload.downcast_ref::<String>().map(String::as_str);
        Err(fault(io::Error::other(said.unwrap_or(REFUSED))))
    })
}

/// Keeps the panics of [`catch_refused_call`] from standard error.
pub(super) fn silence_refused_calls() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let is_of_library = info
            .location()
            .is_some_and(|location| location.file().contains("/tokio-"));
        if !is_of_library {
            usual(info);
        }
    }));
}

/// How many of these threads the descriptors suffice for, besides the accepting one. The library that waits for signals
/// panics without descriptors, so they are counted before.
fn affordable_reactors(listener: &StdListener, reactors: usize) -> Result<usize> {
    let are_free = |count: usize| -> io::Result<()> {
        let held: io::Result<Vec<_>> = (0..count).map(|_| listener.try_clone()).collect();
        held.map(drop)
    };
    let least = PER_REACTOR + FOR_SIGNALS + FOR_REQUEST;
    if are_free(least + reactors * PER_REACTOR).is_ok() {
        return Ok(reactors);
    }
    are_free(least).map(|()| 0).map_err(|cause| {
        let cause = system_message(&cause);
        fault(io::Error::other(format!(
            "{cause}; it needs {least} more than it has open (`ulimit -n`)"
        )))
    })
}

fn reactor() -> Result<Runtime> {
    catch_refused_call(|| {
        let mut builder = Builder::new_current_thread();
        builder.enable_all().build().map_err(fault)
    })
}

/// Starts another thread, which runs until all connections have ended, and tells `broken` if it cannot.
fn start(mut stopping: watch::Receiver<()>, broken: Arc<Notify>) -> Option<Handle> {
    let runtime = reactor().ok()?;
    let handle = runtime.handle().clone();
    let run = move || {
        let wait = async {
            stopping.changed().await.ok();
            drop(stopping);
            // Ends with the process, when no connection is left.
            std::future::pending::<()>().await;
        };
        let ended = catch_refused_call(|| {
            runtime.block_on(wait);
            Ok(())
        });
        if ended.is_err() {
            broken.notify_one();
        }
    };
    let builder = thread::Builder::new().name("connections".to_owned());
    builder.spawn(run).ok().map(|_| handle)
}

impl Reactors {
    /// The next thread in turn.
    fn next(&mut self) -> Option<&Handle> {
        self.next = (self.next + 1) % self.handles.len();
        self.handles.get(self.next)
    }
}

async fn accept(handler: Handler, slots: &Arc<ConnectionSlots>, doors: Doors) -> Result<()> {
    let Doors {
        listener,
        mut terminate,
        mut interrupt,
        mut reactors,
        broken,
        stopping,
    } = doors;
    let rejecting = Arc::new(Semaphore::new(MAX_REJECTING));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = terminate.recv() => return Ok(()),
            _ = interrupt.recv() => return Ok(()),
            () = broken.notified() => return Err(fault(io::Error::other(REFUSED))),
        };
        let Ok((stream, peer)) = accepted else {
            // Out of descriptors.
            slots.free_one();
            sleep(Duration::from_millis(50)).await;
            continue;
        };
        let Some(slot) = slots.acquire(peer.ip()) else {
            if let Ok(permit) = Arc::clone(&rejecting).try_acquire_owned() {
                tokio::spawn(async move {
                    timeout(Duration::from_secs(1), reject(stream)).await.ok();
                    drop(permit);
                });
            }
            continue;
        };
        // Moves the stream to the thread that drives it.
        let (Ok(stream), Some(reactor)) = (stream.into_std(), reactors.next()) else {
            continue;
        };
        let (handler, stopping) = (Arc::clone(&handler), stopping.clone());
        reactor.spawn(async move {
            if let Ok(stream) = TcpStream::from_std(stream) {
                serve_client(stream, handler, Arc::new(slot), stopping).await;
            }
        });
    }
}

/// Responds that there is no slot. Reads what the client sends, since closing earlier could discard the response.
async fn reject(mut stream: TcpStream) -> io::Result<()> {
    let answer = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    stream.write_all(answer).await?;
    stream.shutdown().await?;
    let mut buffer = [0; 4096];
    while stream.read(&mut buffer).await? > 0 {}
    Ok(())
}

/// Handles the requests of one connection, and ignores how it ends.
async fn serve_client(
    stream: TcpStream,
    handler: Handler,
    slot: Arc<ConnectionSlot>,
    mut stopping: watch::Receiver<()>,
) {
    let job_slot = Arc::clone(&slot);
    let service = service_fn(move |request| handler(Arc::clone(&job_slot), request));
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(REQUEST_TIMEOUT)
        .half_close(true)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(ClientConnection::new(stream)), service);
    let ended = tokio::select! {
        ended = &mut connection => Some(ended),
        _ = slot.revoked() => return,
        _ = stopping.changed() => None,
        _ = sleep(MAX_LIFETIME) => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            Pin::new(&mut connection).graceful_shutdown();
            tokio::select! {
                ended = &mut connection => ended,
                _ = slot.revoked() => return,
                _ = sleep(REQUEST_TIMEOUT + READ_TIMEOUT + READ_TIMEOUT) => return,
            }
        }
    };
    let late = ended.is_err_and(|error| error.is_timeout());
    let parts = connection.into_parts();
    if late && !parts.read_buf.is_empty() {
        let mut client = parts.io.into_inner();
        let answer =
            b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        timeout(REQUEST_TIMEOUT, client.write_all(answer))
            .await
            .ok();
    }
}

/// A connection whose client must read each response in time.
struct ClientConnection {
    stream: Take<TcpStream>,
    /// Set while a response waits for the client.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl ClientConnection {
    fn new(stream: TcpStream) -> ClientConnection {
        ClientConnection {
            stream: stream.take(AT_ONCE),
            deadline: None,
        }
    }

    fn check_deadline<T>(
        &mut self,
        context: &mut Context<'_>,
        outcome: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if outcome.is_pending() {
            let deadline = self
                .deadline
                .get_or_insert_with(|| Box::pin(sleep(READ_TIMEOUT)));
            if deadline.as_mut().poll(context).is_ready() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
        }
        outcome
    }
}

impl AsyncRead for ClientConnection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.stream.set_limit(AT_ONCE);
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for ClientConnection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(self.stream.get_mut()).poll_write(context, bytes);
        self.check_deadline(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(self.stream.get_mut()).poll_write_vectored(context, pieces);
        self.check_deadline(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.get_ref().is_write_vectored()
    }

    /// Called when the whole response has been written.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.deadline = None;
        Pin::new(self.stream.get_mut()).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.stream.get_mut()).poll_shutdown(context)
    }
}
