//! One transfer over HTTP into a part file, from where an earlier one stopped.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::time::Duration;

pub(crate) use ureq::Agent;
use ureq::Body;
use ureq::http::{Response, StatusCode};

use crate::cache::size;
use crate::error::{Error, Result};
use crate::progress::Progress;

/// How a transfer ended that did not fail on this machine.
pub(crate) enum Transfer {
    /// The part file has all its bytes.
    Complete,
    /// The server did not give all of it, for this reason. The part file keeps what came.
    Stopped(String),
}

/// A client that gives up quickly on a host that does not answer, and on a transfer that stalls, not on a slow one.
pub(crate) fn agent() -> Agent {
    Agent::config_builder()
        .timeout_resolve(Some(Duration::from_secs(4)))
        .timeout_connect(Some(Duration::from_secs(4)))
        .timeout_recv_response(Some(Duration::from_secs(5)))
        .timeout_per_read(Some(Duration::from_secs(8)))
        .http_status_as_error(false)
        // The checksums are those of the plain files.
        .accept_encoding("identity")
        .user_agent(concat!("gradus-data/", env!("CARGO_PKG_VERSION")))
        .build()
        .new_agent()
}

/// What is known of a file's size before it comes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Length {
    /// So many bytes.
    Exactly(u64),
    /// Not more than so many bytes.
    AtMost(u64),
}

/// Fetches what is missing of the part file `part`.
pub(crate) fn transfer(
    agent: &Agent,
    url: &str,
    part: &Path,
    length: Length,
    progress: &mut dyn Progress,
) -> Result<Transfer> {
    let have = size(part)?.unwrap_or(0);
    if length == Length::Exactly(have) {
        return Ok(Transfer::Complete);
    }
    let mut request = agent.get(url);
    if have > 0 {
        request = request.header("Range", format!("bytes={have}-"));
    }
    let response = match request.call() {
        Ok(response) => response,
        Err(error) => return Ok(Transfer::Stopped(error.to_string())),
    };
    let start = match response.status() {
        StatusCode::PARTIAL_CONTENT if content_start(&response) == Some(have) => have,
        // The server knows no ranges and sends the whole file.
        StatusCode::OK => 0,
        // What lies here is as long as the file there or longer, so it is no part of it.
        StatusCode::RANGE_NOT_SATISFIABLE if have > 0 && length.exactly().is_none() => {
            fs::remove_file(part).map_err(|error| Error::writing(part, error, 0))?;
            return transfer(agent, url, part, length, progress);
        }
        status => {
            return Ok(Transfer::Stopped(format!("the server answered {status}")));
        }
    };
    let offered = response.body().content_length().map(|length| start + length);
    let reason = match (length, offered) {
        (Length::Exactly(total), Some(offered)) if offered != total => {
            format!("the server offers {offered} bytes, the file has {total}")
        }
        (Length::AtMost(most), Some(offered)) if offered > most => {
            format!("the server offers {offered} bytes, the file has at most {most}")
        }
        _ => {
            let expected = Expected {
                total: offered.or(length.exactly()),
                most: length.most(),
            };
            return receive(response, part, start, expected, progress);
        }
    };
    Ok(Transfer::Stopped(reason))
}

impl Length {
    fn exactly(self) -> Option<u64> {
        match self {
            Self::Exactly(total) => Some(total),
            Self::AtMost(_) => None,
        }
    }

    fn most(self) -> u64 {
        match self {
            Self::Exactly(most) | Self::AtMost(most) => most,
        }
    }
}

/// What is known once the server has answered.
struct Expected {
    /// The size, unless neither the caller nor the server says it.
    total: Option<u64>,
    /// More than this is not taken.
    most: u64,
}

impl Expected {
    /// How many bytes are to come, as far as that is known.
    fn left(&self, done: u64) -> u64 {
        self.total.unwrap_or(self.most).saturating_sub(done)
    }

    /// `of 300 bytes`, after a number of bytes.
    fn of(&self) -> String {
        self.total
            .map_or_else(|| "bytes".into(), |total| format!("of {total} bytes"))
    }
}

/// Where the bytes of a partial answer belong: `Content-Range: bytes 100-199/200` gives 100.
fn content_start(response: &Response<Body>) -> Option<u64> {
    let range = response.headers().get("content-range")?.to_str().ok()?;
    range.strip_prefix("bytes ")?.split_once('-')?.0.trim().parse().ok()
}

fn receive(
    response: Response<Body>,
    part: &Path,
    start: u64,
    expected: Expected,
    progress: &mut dyn Progress,
) -> Result<Transfer> {
    let full = |error, done| Error::writing(part, error, expected.left(done));
    let mut options = fs::OpenOptions::new();
    if start == 0 {
        options.write(true).truncate(true)
    } else {
        options.append(true)
    };
    let mut file = options.create(true).open(part).map_err(|error| full(error, start))?;
    // One byte more than there should be shows a file that is too long.
    let mut body = response
        .into_body()
        .into_with_config()
        .limit(u64::MAX)
        .reader()
        .take(expected.most - start + 1);
    let mut buffer = vec![0; 1 << 16];
    let mut done = start;
    progress.advance(done);
    loop {
        let n = match body.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => n,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => {
                let of = expected.of();
                return Ok(Transfer::Stopped(format!("it broke off after {done} {of}: {error}")));
            }
        };
        if done + n as u64 > expected.most {
            drop(file);
            fs::remove_file(part).map_err(|error| full(error, done))?;
            let most = expected.most;
            let reason = format!("the server sends more than the {most} bytes that the file has");
            return Ok(Transfer::Stopped(reason));
        }
        file.write_all(&buffer[..n]).map_err(|error| full(error, done))?;
        done += n as u64;
        progress.advance(done);
    }
    if expected.total.is_some_and(|total| done < total) {
        return Ok(Transfer::Stopped(format!("it ended after {done} {}", expected.of())));
    }
    // On the disk before the rename: a crash must not leave a complete name on an incomplete file.
    file.sync_all().map_err(|error| full(error, done))?;
    Ok(Transfer::Complete)
}
