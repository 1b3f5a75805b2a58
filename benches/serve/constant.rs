//! The least that a server on the same HTTP library can do: one page, the same for everybody, with the
//! connection's settings as `tb serve` has them.

use std::convert::Infallible;
use std::path::Path;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};

/// Serves the file at every path until the process is ended; prints its port as `tb serve` does.
pub(crate) fn serve(page: &Path) {
    let page = Bytes::from(std::fs::read(page).unwrap());
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            println!(
                "a page at http://{} for all",
                listener.local_addr().unwrap()
            );
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(converse(stream, page.clone()));
            }
        });
}

async fn converse(stream: TcpStream, page: Bytes) {
    let service = service_fn(move |_: Request<Incoming>| {
        let mut response = Response::new(Full::new(page.clone()));
        let kind = HeaderValue::from_static("text/html; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        async { Ok::<_, Infallible>(response) }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(10))
        .half_close(true)
        .max_buf_size(32 << 10)
        .serve_connection(TokioIo::new(stream), service)
        .await
        .ok();
}
