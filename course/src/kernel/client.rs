//! A client for one kernel over the Jupyter protocol.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use jupyter_protocol::connection_info::Transport;
use jupyter_protocol::{
    ConnectionInfo, ExecuteRequest, ExecutionState, InterruptRequest, JupyterMessage, JupyterMessageContent,
    KernelInfoRequest, ReplyStatus, ShutdownRequest, Stdio as Stream,
};
use jupyter_zmq_client::{ClientControlConnection, ClientIoPubConnection, DealerSendConnection, RuntimeError};
use nbformat::v4::{DisplayData, ErrorOutput, MultilineString, Output};
use tokio::process::Child;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout, timeout_at};

use super::launch::Launch;

/// How long a kernel may take until it answers.
const START: Duration = Duration::from_secs(180);
/// Text of a cell may come this much later than the notice that the cell is done.
const LATE: Duration = Duration::from_millis(40);

/// A running kernel.
pub struct Kernel {
    process: Child,
    shell: DealerSendConnection,
    control: ClientControlConnection,
    messages: mpsc::UnboundedReceiver<Message>,
    connection_file: PathBuf,
    version: String,
}

enum Message {
    Jupyter(Box<JupyterMessage>),
    Lost(String),
}

/// How the kernel says that a cell ended. evcxr says `Ok` after a panic and after an error from `?` too.
#[derive(Debug, PartialEq)]
pub enum Outcome {
    /// Status "ok".
    Ok,
    /// Status "error".
    Error,
    /// The kernel is gone.
    Died(String),
    /// Still running when its time was up.
    TimedOut,
}

/// What came of a cell.
#[derive(Debug)]
pub struct Ran {
    /// How it ended.
    pub outcome: Outcome,
    /// What it showed, as a notebook stores it.
    pub outputs: Vec<Output>,
    /// How long it took.
    pub seconds: f64,
}

impl Kernel {
    /// Starts a kernel in the folder `cwd` and waits until it answers. Its own messages go to `log`.
    pub async fn start(launch: Launch, cwd: &Path, log: &Path) -> Result<Self> {
        let ip = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let (ports, listeners) = jupyter_zmq_client::peek_ports_with_listeners(ip, 5).await?;
        let info = connection_info(ip, &ports);
        let connection_file = log.with_extension(format!("{}.json", info.key));
        crate::files::write(&connection_file, serde_json::to_string(&info)?.as_bytes())?;
        let log_file = std::fs::File::create(log).with_context(|| format!("{} cannot be written", log.display()))?;
        let mut command = launch.command(&connection_file);
        command
            .current_dir(cwd)
            .stdout(Stdio::from(log_file.try_clone()?))
            .stderr(Stdio::from(log_file));
        let mut command = tokio::process::Command::from(command);
        drop(listeners);
        let mut process = command
            .kill_on_drop(true)
            .spawn()
            .context("the kernel cannot be started")?;
        // The command holds a second handle of the lock on the build folder.
        drop(command);

        let mut iopub = connect_iopub(&mut process, &info, log).await?;
        let session = info.key.clone();
        let identity = jupyter_zmq_client::peer_identity_for_session(&session)?;
        let shell = jupyter_zmq_client::create_client_shell_connection_with_identity(&info, &session, identity).await?;
        let control = jupyter_zmq_client::create_client_control_connection(&info, &session).await?;
        let (shell, mut replies) = shell.split();
        let (sender, messages) = mpsc::unbounded_channel();
        let other = sender.clone();
        tokio::spawn(async move { while deliver(iopub.read().await, &other) {} });
        tokio::spawn(async move { while deliver(replies.read().await, &sender) {} });
        let mut kernel = Self {
            process,
            shell,
            control,
            messages,
            connection_file,
            version: String::new(),
        };
        kernel.greet(log).await?;
        Ok(kernel)
    }

    /// The kernel's version: `0.22.0`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Asks who the kernel is until both of its channels have answered: what it publishes before this client is
    /// subscribed is lost.
    async fn greet(&mut self, log: &Path) -> Result<()> {
        let deadline = Instant::now() + START;
        let mut published = false;
        while self.version.is_empty() || !published {
            if Instant::now() > deadline {
                bail!(
                    "the kernel did not answer within {} s; its messages: {}",
                    START.as_secs(),
                    log.display()
                );
            }
            self.shell.send(KernelInfoRequest {}.into()).await?;
            let pause = tokio::time::Instant::now() + Duration::from_millis(300);
            while let Ok(message) = timeout_at(pause, self.next()).await {
                match message? {
                    JupyterMessageContent::KernelInfoReply(reply) => self.version = reply.implementation_version,
                    JupyterMessageContent::Status(_) => published = true,
                    _ => {}
                }
                if published && !self.version.is_empty() {
                    break;
                }
            }
        }
        Ok(())
    }

    /// The next message; an error when the kernel is gone.
    async fn next(&mut self) -> Result<JupyterMessageContent> {
        Ok(self.next_message().await?.content)
    }

    async fn next_message(&mut self) -> Result<JupyterMessage> {
        tokio::select! {
            // What the kernel still said comes before the news of its end.
            biased;
            message = self.messages.recv() => match message {
                Some(Message::Jupyter(message)) => Ok(*message),
                Some(Message::Lost(error)) => bail!("the connection to the kernel broke: {error}"),
                None => bail!("the connection to the kernel broke"),
            },
            status = self.process.wait() => bail!("the kernel ended: {}", status?),
        }
    }

    /// Runs a cell. With `expect_error`, waits a little longer for the text of an error that evcxr calls "ok".
    pub async fn execute(&mut self, code: &str, limit: Duration, expect_error: bool) -> Ran {
        let start = Instant::now();
        let mut outputs = Vec::new();
        let outcome = match timeout(limit, self.execute_to_end(code, &mut outputs)).await {
            Ok(Ok(ReplyStatus::Ok)) => Outcome::Ok,
            Ok(Ok(_)) => Outcome::Error,
            Ok(Err(error)) => Outcome::Died(format!("{error:#}")),
            Err(_) => Outcome::TimedOut,
        };
        let seconds = start.elapsed().as_secs_f64();
        let patience = if expect_error && outcome == Outcome::Ok {
            LATE * 50
        } else {
            LATE
        };
        let until = Instant::now() + patience;
        while let Ok(Ok(message)) = timeout(LATE, self.next()).await {
            collect(message, &mut outputs);
        }
        while expect_error && outputs.is_empty() && Instant::now() < until {
            if let Ok(Ok(message)) = timeout(LATE, self.next()).await {
                collect(message, &mut outputs);
            }
        }
        Ran {
            outcome,
            outputs,
            seconds,
        }
    }

    async fn execute_to_end(&mut self, code: &str, outputs: &mut Vec<Output>) -> Result<ReplyStatus> {
        let mut request = ExecuteRequest::new(code.to_string());
        request.allow_stdin = false;
        let request: JupyterMessage = request.into();
        let id = request.header.msg_id.clone();
        self.shell.send(request).await?;
        let (mut status, mut idle) = (None, false);
        loop {
            let message = self.next_message().await?;
            let ours = message.parent_header.as_ref().is_some_and(|parent| parent.msg_id == id);
            match message.content {
                JupyterMessageContent::ExecuteReply(reply) if ours => status = Some(reply.status),
                JupyterMessageContent::Status(state) if ours => idle |= state.execution_state == ExecutionState::Idle,
                content => collect(content, outputs),
            }
            if let (Some(status), true) = (&status, idle) {
                return Ok(status.clone());
            }
        }
    }

    /// Ends the kernel, politely first: its child process, which runs the cells, ends with the interruption.
    pub async fn shutdown(mut self) {
        let _ = self.control.send(InterruptRequest {}.into()).await;
        let _ = self.control.send(ShutdownRequest { restart: false }.into()).await;
        if timeout(Duration::from_secs(3), self.process.wait()).await.is_err() {
            let _ = self.process.kill().await;
        }
    }
}

impl Drop for Kernel {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.connection_file);
    }
}

fn connection_info(ip: IpAddr, ports: &[u16]) -> ConnectionInfo {
    // The random id of a message serves as the key of the session.
    let key = JupyterMessage::from(KernelInfoRequest {}).header.msg_id;
    ConnectionInfo {
        transport: Transport::TCP,
        ip: ip.to_string(),
        shell_port: ports[0],
        iopub_port: ports[1],
        stdin_port: ports[2],
        control_port: ports[3],
        hb_port: ports[4],
        key,
        signature_scheme: "hmac-sha256".into(),
        kernel_name: None,
    }
}

/// Connects to the channel that evcxr opens last, as soon as it is there. (Trying its ports in any other way is no
/// good: evcxr gives up a channel on which a connection breaks.)
async fn connect_iopub(process: &mut Child, info: &ConnectionInfo, log: &Path) -> Result<ClientIoPubConnection> {
    let deadline = Instant::now() + START;
    loop {
        let connecting = jupyter_zmq_client::create_client_iopub_connection(info, "", &info.key);
        if let Ok(Ok(iopub)) = timeout(Duration::from_secs(1), connecting).await {
            return Ok(iopub);
        }
        if let Some(status) = process.try_wait()? {
            bail!(
                "the kernel ended before it answered ({status}); its messages: {}",
                log.display()
            );
        }
        if Instant::now() > deadline {
            bail!(
                "the kernel did not start within {} s; its messages: {}",
                START.as_secs(),
                log.display()
            );
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// Passes on what a channel brought; false when the channel is broken or nobody listens any more.
fn deliver(read: Result<JupyterMessage, RuntimeError>, sender: &mpsc::UnboundedSender<Message>) -> bool {
    match read {
        Ok(message) => sender.send(Message::Jupyter(Box::new(message))).is_ok(),
        // A message that this client does not know.
        Err(RuntimeError::ParseError { .. }) => true,
        Err(error) => {
            let _ = sender.send(Message::Lost(error.to_string()));
            false
        }
    }
}

/// Stores what a cell shows. Lines of one stream become one output.
fn collect(message: JupyterMessageContent, outputs: &mut Vec<Output>) {
    match message {
        JupyterMessageContent::StreamContent(stream) => {
            let name = if matches!(stream.name, Stream::Stdout) {
                "stdout"
            } else {
                "stderr"
            };
            if let Some(Output::Stream { name: last, text }) = outputs.last_mut()
                && last == name
            {
                text.0.push_str(&stream.text);
                return;
            }
            outputs.push(Output::Stream {
                name: name.into(),
                text: MultilineString(stream.text),
            });
        }
        JupyterMessageContent::ExecuteResult(result) => {
            outputs.push(Output::ExecuteResult(nbformat::v4::ExecuteResult {
                execution_count: result.execution_count,
                data: result.data,
                metadata: result.metadata,
            }));
        }
        JupyterMessageContent::DisplayData(shown) => {
            outputs.push(Output::DisplayData(DisplayData {
                data: shown.data,
                metadata: shown.metadata,
            }));
        }
        JupyterMessageContent::ErrorOutput(error) => outputs.push(Output::Error(ErrorOutput {
            ename: error.ename,
            evalue: error.evalue,
            traceback: error.traceback,
        })),
        _ => {}
    }
}
