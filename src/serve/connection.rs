//! Connections: accepted, each answered one request after the other, and left when its client is too slow.
//!
//! What a client can take its time for: a request's head 10 s (from the end of the answer before), a body 10 s,
//! reading an answer 30 s, all requests of one connection together 2 minutes, to which the last answer's times are added.

use std::convert::Infallible;
use std::io;
use std::net::TcpListener as StdListener;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Sleep, sleep, timeout};

use super::places::TIME;
use super::places::{ConnectionSlot, Places};
use crate::error::{Error, Result};

/// How long reading one answer may take.
const READING: Duration = Duration::from_secs(30);
/// When a connection is asked to end after its request.
const LIFE: Duration = Duration::from_secs(120);
/// The most of a request's head, in bytes; beyond it the answer is 431.
const MAX_HEAD: usize = 32 << 10;
/// Clients at once that are told why they are not served.
const TURNED_AWAY: usize = 32;
/// Connections that the system keeps until they are accepted.
const BACKLOG: i32 = 1024;

/// Answers a request of the connection that has the place.
pub(super) type Handler =
    Arc<dyn Fn(Arc<ConnectionSlot>, Request<Incoming>) -> Answering + Send + Sync>;

/// An answer that is being made. It can be moved, so that its connection can be taken apart when it is over.
type Answering =
    Pin<Box<dyn Future<Output = std::result::Result<Response<Full<Bytes>>, Infallible>> + Send>>;

/// The threads that keep connections going. Where the host allows some, none of them is the one that accepts them.
struct Reactors {
    handles: Vec<Handle>,
    next: usize,
}

/// Serves connections until SIGTERM or SIGINT, then what was begun.
pub(super) fn serve(
    handler: Handler,
    places: &Arc<Places>,
    listener: StdListener,
    reactors: usize,
) -> Result<()> {
    let fault = |cause| Error::System {
        doing: "wait for connections",
        cause,
    };
    listener.set_nonblocking(true).map_err(fault)?;
    // A longer queue is not needed for answering.
    rustix::net::listen(&listener, BACKLOG).ok();
    let runtime = reactor().map_err(fault)?;
    let (stop, stopping) = watch::channel(());
    let mut handles: Vec<Handle> = (0..reactors)
        .map_while(|_| start(stopping.clone()))
        .collect();
    if handles.is_empty() {
        handles.push(runtime.handle().clone());
    }
    let reactors = Reactors { handles, next: 0 };
    let accepted = runtime.block_on(accept(
        handler,
        places,
        listener,
        reactors,
        stopping.clone(),
    ));
    drop(stopping);
    stop.send(()).ok();
    // Closed once every connection has dropped its receiver.
    runtime.block_on(async { timeout(TIME, stop.closed()).await.ok() });
    accepted.map_err(fault)
}

fn reactor() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// Starts a further thread, which goes on until all connections have ended.
fn start(mut stopping: watch::Receiver<()>) -> Option<Handle> {
    let runtime = reactor().ok()?;
    let handle = runtime.handle().clone();
    let run = move || {
        runtime.block_on(async {
            stopping.changed().await.ok();
            drop(stopping);
            // Ended by the process, when no connection is left.
            std::future::pending::<()>().await;
        });
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

async fn accept(
    handler: Handler,
    places: &Arc<Places>,
    listener: StdListener,
    mut reactors: Reactors,
    stopping: watch::Receiver<()>,
) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let turned_away = Arc::new(Semaphore::new(TURNED_AWAY));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
        };
        let Ok((stream, peer)) = accepted else {
            // Out of descriptors.
            places.make_room();
            sleep(Duration::from_millis(50)).await;
            continue;
        };
        let Some(place) = places.take(peer.ip()) else {
            if let Ok(permit) = Arc::clone(&turned_away).try_acquire_owned() {
                tokio::spawn(async move {
                    timeout(Duration::from_secs(1), turn_away(stream))
                        .await
                        .ok();
                    drop(permit);
                });
            }
            continue;
        };
        // It belongs to the queue of the thread that keeps it going.
        let (Ok(stream), Some(reactor)) = (stream.into_std(), reactors.next()) else {
            continue;
        };
        let (handler, stopping) = (Arc::clone(&handler), stopping.clone());
        reactor.spawn(async move {
            if let Ok(stream) = TcpStream::from_std(stream) {
                converse(stream, handler, Arc::new(place), stopping).await;
            }
        });
    }
    Ok(())
}

/// Says that there is no place. What the client sends is read, or it might not hear of it.
async fn turn_away(mut stream: TcpStream) -> io::Result<()> {
    let answer = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    stream.write_all(answer).await?;
    stream.shutdown().await?;
    let mut buffer = [0; 4096];
    while stream.read(&mut buffer).await? > 0 {}
    Ok(())
}

/// Answers the requests of one connection. How it ends is the client's affair.
async fn converse(
    stream: TcpStream,
    handler: Handler,
    place: Arc<ConnectionSlot>,
    mut stopping: watch::Receiver<()>,
) {
    let its_place = Arc::clone(&place);
    let service = service_fn(move |request| handler(Arc::clone(&its_place), request));
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(TIME)
        .half_close(true)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(ClientConnection::new(stream)), service);
    let ended = tokio::select! {
        ended = &mut connection => Some(ended),
        _ = place.taken_away() => return,
        _ = stopping.changed() => None,
        _ = sleep(LIFE) => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            Pin::new(&mut connection).graceful_shutdown();
            tokio::select! {
                ended = &mut connection => ended,
                _ = place.taken_away() => return,
                _ = sleep(TIME + READING + READING) => return,
            }
        }
    };
    let late = ended.is_err_and(|error| error.is_timeout());
    let parts = connection.into_parts();
    if late && !parts.read_buf.is_empty() {
        let mut client = parts.io.into_inner();
        let answer =
            b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        timeout(TIME, client.write_all(answer)).await.ok();
    }
}

/// A connection on which an answer must have been read in time.
struct ClientConnection {
    stream: TcpStream,
    /// Set when an answer has to wait, until all of it has gone.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl ClientConnection {
    fn new(stream: TcpStream) -> ClientConnection {
        ClientConnection {
            stream,
            deadline: None,
        }
    }

    fn in_time<T>(
        &mut self,
        context: &mut Context<'_>,
        outcome: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if outcome.is_pending() {
            let deadline = self
                .deadline
                .get_or_insert_with(|| Box::pin(sleep(READING)));
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
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for ClientConnection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.in_time(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.in_time(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Called when nothing of an answer is left to be written.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.deadline = None;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
