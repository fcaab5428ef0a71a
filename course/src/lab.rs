//! `cargo course lab`: opens JupyterLab.

use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::project::Project;
use crate::setup;

/// How long JupyterLab may take to answer.
const START: Duration = Duration::from_secs(60);
/// The port that Jupyter is known by.
const USUAL_PORT: u16 = 8888;
/// The chapter to begin with, and where JupyterLab opens while it is not there.
const FIRST: &str = "notebooks/00_setup.ipynb";

/// How to open it.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// The port that JupyterLab listens on [default: 8888, or the next one that is free]
    #[arg(long)]
    pub port: Option<u16>,
    /// Only print the address, open no browser
    #[arg(long)]
    pub no_browser: bool,
    #[command(flatten)]
    pub kernel: setup::Options,
}

/// Sets up what is missing, opens JupyterLab and stays until it ends.
pub fn open(project: &Project, options: &Options) -> Result<bool> {
    let start = Instant::now();
    setup::for_lab(project, options.kernel.way())?;
    crate::exercise::start(project, &[])?;
    let port = free_port(options.port)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve(project, options, port, start))
}

/// The port that was asked for, or the first free one from the usual on.
fn free_port(asked: Option<u16>) -> Result<u16> {
    let free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    let wanted = asked.unwrap_or(USUAL_PORT);
    if free(&wanted) {
        return Ok(wanted);
    }
    let next = (wanted.saturating_add(1)..=u16::MAX)
        .find(free)
        .context("no port is free")?;
    if asked.is_some() {
        bail!("port {wanted} is taken by another program. Port {next} is free: cargo course lab --port {next}");
    }
    println!("Port {wanted} is taken by another program; using {next}.");
    Ok(next)
}

async fn serve(project: &Project, options: &Options, port: u16, start: Instant) -> Result<bool> {
    let log = project.log("lab");
    let file = std::fs::File::create(&log).with_context(|| format!("{} cannot be written", log.display()))?;
    let token = token();
    let mut command = tokio::process::Command::from(server(project, port, &token, options.no_browser));
    command
        .stdin(Stdio::null())
        .stdout(Stdio::from(file.try_clone()?))
        .stderr(Stdio::from(file));
    // Set-up may have taken minutes; the server's own time begins here.
    let spawned = Instant::now();
    let mut server = command
        .spawn()
        .context("JupyterLab cannot be started; delete .gradus/venv and try again")?;
    while tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port))
        .await
        .is_err()
    {
        if let Some(status) = server.try_wait()? {
            bail!("JupyterLab ended ({status}); its messages: {}", log.display());
        }
        if spawned.elapsed() > START {
            bail!(
                "JupyterLab did not start within {} s; its messages: {}",
                START.as_secs(),
                log.display()
            );
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    println!(
        "Ready after {:.1} s. JupyterLab: {}",
        start.elapsed().as_secs_f64(),
        address(project, port, &token)
    );
    println!("Stop it with Ctrl-C.");
    wait(server).await
}

/// Waits for the end of the server; hands on the request to end that came to this program alone.
async fn wait(mut server: tokio::process::Child) -> Result<bool> {
    loop {
        tokio::select! {
            status = server.wait() => return Ok(status?.success()),
            // The terminal sends Ctrl-C to the server as well.
            _ = tokio::signal::ctrl_c() => println!("Stopping JupyterLab and its kernels."),
            () = asked_to_end() => {
                if let Some(id) = server.id() {
                    let _ = Command::new("kill").args(["-TERM", &id.to_string()]).status();
                }
            }
        }
    }
}

#[cfg(unix)]
async fn asked_to_end() {
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn asked_to_end() {
    std::future::pending().await
}

fn server(project: &Project, port: u16, token: &str, no_browser: bool) -> Command {
    let mut command = Command::new(project.venv_program("python"));
    command
        .args([
            "-m",
            "jupyterlab",
            "--ServerApp.port_retries=0",
            "--ServerApp.answer_yes=True",
            "--ip=127.0.0.1",
        ])
        // In a container everything runs as root; the server listens on this machine only and asks for a token.
        .arg("--allow-root")
        .arg(format!("--port={port}"))
        .arg(format!("--IdentityProvider.token={token}"))
        .arg(format!("--ServerApp.root_dir={}", project.root().display()))
        .arg(format!("--LabApp.default_url={}", page(project)))
        .env("JUPYTER_CONFIG_DIR", project.state("jupyter/config"))
        .env("JUPYTER_DATA_DIR", project.state("jupyter/data"))
        .env("JUPYTER_RUNTIME_DIR", project.state("jupyter/runtime"))
        // Nothing of the user's own Jupyter: neither what it adds nor what it forbids.
        .env_remove("JUPYTER_PATH")
        .env_remove("JUPYTER_CONFIG_PATH")
        .current_dir(project.root());
    if no_browser {
        command.arg("--no-browser");
    }
    command
}

fn page(project: &Project) -> String {
    if project.root().join(FIRST).is_file() {
        format!("/lab/tree/{FIRST}")
    } else {
        "/lab/tree/notebooks".into()
    }
}

fn address(project: &Project, port: u16, token: &str) -> String {
    format!("http://127.0.0.1:{port}{}?token={token}", page(project))
}

/// A fresh secret: other users of the machine must not run code through the server.
fn token() -> String {
    jupyter_protocol::JupyterMessage::from(jupyter_protocol::KernelInfoRequest {})
        .header
        .msg_id
        .replace('-', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_named_with_one_that_is_free() -> Result<()> {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = taken.local_addr()?.port();
        let error = free_port(Some(port))
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default();
        assert!(
            error.contains(&format!("port {port} is taken")) && error.contains("--port"),
            "{error}"
        );
        Ok(())
    }

    #[test]
    fn tokens_are_long_and_differ() {
        assert_ne!(token(), token());
        assert!(token().len() >= 32);
    }
}
