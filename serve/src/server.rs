//! Connections: how many, for how long, and what becomes of them when the service is told to stop.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout_at};

use crate::metrics::Metrics;

/// How long the headers of a request may take, and how long a connection may stay open without one.
const HEADERS: Duration = Duration::from_secs(10);
/// Bytes of the headers of a request.
const BUFFER: usize = 32 * 1024;
/// How long nobody must come for the system's own queue of connections to count as empty.
const QUIET: Duration = Duration::from_millis(20);
/// How long that queue is emptied at most.
const LATEST: Duration = Duration::from_secs(1);

/// How many connections are open at once, and how long they may take to end.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Open connections. Further ones wait in the system's queue.
    pub connections: usize,
    /// How long answers may take once the service was told to stop.
    pub stop: Duration,
}

/// Answers until `stop` comes, then ends in good order: no new connections, every request that was accepted is answered.
/// Gives the number of connections that had to be cut off because they were not done in time.
///
/// # Errors
/// Where the system gives no connections any more.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    bounds: Bounds,
    metrics: Arc<Metrics>,
    stop: impl Future<Output = ()>,
) -> Result<usize> {
    let server = Server {
        app,
        metrics,
        graceful: GracefulShutdown::new(),
        room: Arc::new(Semaphore::new(bounds.connections)),
    };
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            next = server.accept(&listener) => match next {
                Ok(connection) => server.answer(connection),
                // The system is short of something, such as open files: connections that end give it back.
                Err(error) => {
                    eprintln!("no connection accepted: {error}");
                    sleep(Duration::from_millis(100)).await;
                }
            },
        }
    }
    // Whoever has connected before the signal is heard too. People go on coming: without a limit a busy service would never end.
    let latest = Instant::now() + LATEST;
    while let Ok(Ok(connection)) = timeout_at(latest.min(Instant::now() + QUIET), server.accept(&listener)).await {
        server.answer(connection);
    }
    drop(listener);
    let (graceful, room) = (server.graceful, server.room);
    tokio::select! {
        () = graceful.shutdown() => Ok(0),
        () = sleep(bounds.stop) => Ok(bounds.connections - room.available_permits()),
    }
}

struct Server {
    app: Router,
    metrics: Arc<Metrics>,
    graceful: GracefulShutdown,
    room: Arc<Semaphore>,
}

impl Server {
    async fn accept(&self, listener: &TcpListener) -> std::io::Result<(TcpStream, OwnedSemaphorePermit)> {
        let permit = self.room.clone().acquire_owned().await.map_err(std::io::Error::other)?;
        let (stream, _) = listener.accept().await?;
        Ok((stream, permit))
    }

    /// Answers the requests of a connection, beside all others.
    fn answer(&self, (stream, permit): (TcpStream, OwnedSemaphorePermit)) {
        // Answers are small and written at once: waiting for more to send would only make them late.
        let _ = stream.set_nodelay(true);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADERS)
            .max_buf_size(BUFFER)
            .half_close(true)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(self.app.clone()));
        let connection = self.graceful.watch(connection);
        let metrics = self.metrics.clone();
        metrics.connections.inc();
        tokio::spawn(async move {
            // What goes wrong here, such as a client that leaves, concerns this connection only.
            let _ = connection.await;
            metrics.connections.dec();
            drop(permit);
        });
    }
}

/// Waits for a request to end: Ctrl-C, or the polite `kill`.
///
/// # Errors
/// Where the system does not tell of signals.
#[cfg(unix)]
pub fn told_to_stop() -> Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Waits for a request to end: Ctrl-C.
///
/// # Errors
/// Never.
#[cfg(not(unix))]
pub fn told_to_stop() -> Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
