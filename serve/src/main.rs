//! `gradus-serve`: answers which class a picture shows.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use gradus_serve::card::Card;
use gradus_serve::example;
use gradus_serve::metrics::Metrics;
use gradus_serve::queue::Queue;
use gradus_serve::server::{self, Bounds};
use gradus_serve::service::{self, Limits};
use tokio::net::TcpListener;

#[derive(Parser)]
#[command(name = "gradus-serve", about = "Answers which class a picture shows", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the model in a folder: card.toml, and the weights that it names
    Run(Box<Options>),
    /// Write a small model of drawn digits, to try the service with
    Example {
        /// Where to put it
        folder: PathBuf,
        /// How often to go through the 6000 digits
        #[arg(long, default_value_t = 3)]
        epochs: usize,
    },
}

#[derive(clap::Args)]
struct Options {
    /// The folder of the model
    folder: PathBuf,
    /// Where to listen; port 0 takes a free one. Whoever reaches this address may ask
    #[arg(long, default_value = "127.0.0.1:8080")]
    address: SocketAddr,
    /// Pictures that may wait for an answer; further ones are turned away (503)
    #[arg(long, default_value_t = 64, value_parser = at_least_one)]
    queue: usize,
    /// Pictures that may go through the network together
    #[arg(long, default_value_t = 16, value_parser = at_least_one)]
    batch: usize,
    /// Bytes of an upload
    #[arg(long, default_value_t = 8 << 20, value_parser = at_least_one)]
    max_bytes: usize,
    /// Bytes of all uploads that are read or decoded at once
    #[arg(long, default_value_t = 64 << 20, value_parser = at_least_one)]
    max_bytes_at_once: usize,
    /// Pixels of a picture
    #[arg(long, default_value_t = 16_000_000)]
    max_pixels: u64,
    /// Seconds that an upload may take
    #[arg(long, default_value_t = 30.0, value_parser = seconds)]
    upload_seconds: f64,
    /// Pictures that are decoded at once; as many as there are cores unless set
    #[arg(long, value_parser = at_least_one)]
    decoders: Option<usize>,
    /// Connections at once
    #[arg(long, default_value_t = 256, value_parser = at_least_one)]
    connections: usize,
    /// Seconds that answers may take once the service was told to stop
    #[arg(long, default_value_t = 30.0, value_parser = seconds)]
    stop_seconds: f64,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if (1..=1 << 30).contains(&number) => Ok(number),
        _ => Err(format!("expected a whole number from 1 to {}", 1 << 30)),
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (0.01..=86_400.0).contains(&seconds) => Ok(seconds),
        _ => Err("expected seconds from 0.01 to 86400".into()),
    }
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Run(options) => run(&options),
        Command::Example { folder, epochs } => example::write(&folder, 6000, epochs.max(1)).map(|accuracy| {
            println!(
                "{}: {:.1} % of the test digits are read correctly",
                folder.display(),
                100.0 * accuracy
            );
        }),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    let (card, weights) = Card::read(&options.folder)?;
    let metrics = Arc::new(Metrics::default());
    let (queue, network) = Queue::start(&card, &weights, options.queue, options.batch, &metrics)?;
    let title = format!("{} {}, {} classes", card.name, card.version, card.classes.len());
    let cores = std::thread::available_parallelism().map_or(1, Into::into);
    let limits = Limits {
        bytes: options.max_bytes,
        bytes_at_once: options.max_bytes_at_once,
        pixels: options.max_pixels,
        upload: Duration::from_secs_f64(options.upload_seconds),
        decoders: options.decoders.unwrap_or(cores),
    };
    let bounds = Bounds {
        connections: options.connections,
        stop: Duration::from_secs_f64(options.stop_seconds),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let cut_off = runtime.block_on(async {
        // Heard from here on: a signal that comes before the first request is no accident either.
        let stop = server::told_to_stop()?;
        let listener = TcpListener::bind(options.address)
            .await
            .with_context(|| format!("{} cannot be listened on", options.address))?;
        println!("{title}: listening on http://{}", listener.local_addr()?);
        // Who reads along must not wait for more lines.
        let _ = std::io::stdout().flush();
        let app = service::router(card, limits, queue, metrics.clone());
        server::serve(listener, app, bounds, metrics, stop).await
    })?;
    // Ends the tasks that are left, and with them the last copies of the queue.
    runtime.shutdown_timeout(Duration::from_secs(1));
    if cut_off == 0 {
        let _ = network.join();
        println!("stopped; all that was accepted is answered");
        return Ok(());
    }
    anyhow::bail!(
        "stopped; {cut_off} connections were not done in {} seconds",
        options.stop_seconds
    )
}
