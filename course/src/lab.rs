//! `cargo course lab`: opens JupyterLab.

use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process::token;
use crate::project::Project;
use crate::setup;
use crate::signals::Signals;

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
    // Other users of the machine must not run code through the server.
    let token = token();
    let mut command = tokio::process::Command::from(server(project, port, &token, options.no_browser));
    command
        .stdin(Stdio::null())
        .stdout(Stdio::from(file.try_clone()?))
        .stderr(Stdio::from(file));
    #[cfg(unix)]
    command.process_group(0);
    // Set-up may have taken minutes; the server's own time begins here.
    let spawned = Instant::now();
    // From here on a request to end has to reach the server, which is in a group of its own.
    let mut signals = Signals::listen()?;
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
            end(&mut server)?;
            bail!(
                "JupyterLab did not start within {} s; its messages: {}",
                START.as_secs(),
                log.display()
            );
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(50)) => {}
            () = signals.next() => {
                end(&mut server)?;
                return wait(server, signals).await;
            }
        }
    }
    println!(
        "Ready after {:.1} s. JupyterLab: {}",
        start.elapsed().as_secs_f64(),
        address(project, port, &token)
    );
    println!("Stop it with Ctrl-C.");
    wait(server, signals).await
}

/// Waits for the end of the server, and ends it when this program is asked to end. The server is in a process group of its
/// own: whether Ctrl-C comes from the terminal, for all, or from a service manager, for this program alone, the server
/// hears of it from here, and once. (Twice would interrupt it while it ends its kernels.)
async fn wait(mut server: tokio::process::Child, mut signals: Signals) -> Result<bool> {
    let mut asked = false;
    loop {
        tokio::select! {
            status = server.wait() => return Ok(status?.success()),
            () = signals.next() => {
                let text = if asked {
                    "JupyterLab is still ending its kernels."
                } else {
                    end(&mut server)?;
                    "Stopping JupyterLab and its kernels."
                };
                asked = true;
                // The terminal may be gone.
                let _ = writeln!(std::io::stdout(), "{text}");
            }
        }
    }
}

#[cfg(unix)]
fn end(server: &mut tokio::process::Child) -> Result<()> {
    let Some(id) = server.id() else { return Ok(()) };
    let status = Command::new("kill").args(["-TERM", &id.to_string()]).status();
    status.map(drop).context("JupyterLab cannot be ended")
}

/// A terminal of Windows sends Ctrl-C to the server as well.
#[cfg(not(unix))]
fn end(_: &mut tokio::process::Child) -> Result<()> {
    Ok(())
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

    /// A service manager sends its signal to this program alone.
    #[cfg(unix)]
    #[test]
    fn a_signal_to_this_program_alone_ends_the_server() -> Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            for signal in ["-INT", "-TERM", "-HUP"] {
                let signals = Signals::listen()?;
                let mut server = tokio::process::Command::new("sh");
                server.args(["-c", "trap 'exit 0' TERM; while :; do sleep 0.05; done"]);
                let server = server.process_group(0).kill_on_drop(true).spawn()?;
                // The shell needs a moment until it has read its trap.
                tokio::time::sleep(Duration::from_millis(300)).await;
                let id = std::process::id().to_string();
                Command::new("kill").args([signal, &id]).status()?;
                let ended = tokio::time::timeout(Duration::from_secs(20), wait(server, signals)).await;
                assert!(
                    ended.with_context(|| format!("{signal} was not handed on"))??,
                    "{signal}"
                );
            }
            Ok(())
        })
    }
}
