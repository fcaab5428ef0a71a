//! A web server on this machine that behaves as badly as it is told to.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use sha2::{Digest, Sha256};

/// How the server answers a path.
#[derive(Clone)]
pub enum Answer {
    /// The file, with ranges.
    File(Vec<u8>),
    /// The file, always from the start.
    NoRanges(Vec<u8>),
    /// The file with ranges, but the connection closes after this many bytes of each answer.
    Breaks(Vec<u8>, usize),
    /// The file without its length in the header, cut off after this many bytes.
    Unannounced(Vec<u8>, usize),
    /// The file with ranges, but after this many bytes nothing more comes, and the connection stays open.
    Stalls(Vec<u8>, usize),
    /// Not a word.
    Silent,
    /// A status without a file.
    Status(u16),
}

/// The server; it lives until the test ends.
pub struct Server {
    pub base: String,
    log: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub fn new(answers: impl IntoIterator<Item = (&'static str, Answer)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let answers: Arc<HashMap<String, Answer>> = Arc::new(
            answers
                .into_iter()
                .map(|(path, answer)| (path.to_string(), answer))
                .collect(),
        );
        let log = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&log);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answers, seen) = (Arc::clone(&answers), Arc::clone(&seen));
                thread::spawn(move || serve(stream, &answers, &seen));
            }
        });
        Self { base, log }
    }

    /// What was asked for: `/path` or `/path from 100`.
    pub fn requests(&self) -> Vec<String> {
        self.log.lock().expect("log").clone()
    }
}

fn serve(stream: TcpStream, answers: &HashMap<String, Answer>, log: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(&stream)
        .lines()
        .map_while(Result::ok)
        .take_while(|l| !l.is_empty());
    let Some(first) = lines.next() else { return };
    let path = first.split(' ').nth(1).unwrap_or_default().to_string();
    let mut start = 0;
    for line in lines {
        if let Some(range) = line.to_ascii_lowercase().strip_prefix("range: bytes=") {
            start = range.trim_end_matches('-').parse().unwrap_or(0);
        }
    }
    let entry = if start > 0 {
        format!("{path} from {start}")
    } else {
        path.clone()
    };
    log.lock().expect("log").push(entry);
    // The client may hang up early.
    let _ = answer(&stream, answers.get(&path), start);
}

fn answer(mut stream: &TcpStream, answer: Option<&Answer>, start: usize) -> std::io::Result<()> {
    let (body, ranges, limit, announce) = match answer {
        None => {
            return write!(
                stream,
                "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
        }
        Some(Answer::Status(code)) => {
            return write!(
                stream,
                "HTTP/1.1 {code} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
        }
        Some(Answer::Silent) => {
            thread::sleep(Duration::from_secs(60));
            return Ok(());
        }
        Some(Answer::File(body)) => (body, true, usize::MAX, true),
        Some(Answer::NoRanges(body)) => (body, false, usize::MAX, true),
        Some(Answer::Breaks(body, limit) | Answer::Stalls(body, limit)) => (body, true, *limit, true),
        Some(Answer::Unannounced(body, limit)) => (body, false, *limit, false),
    };
    let start = if ranges { start } else { 0 };
    if start > 0 && start >= body.len() {
        return write!(
            stream,
            "HTTP/1.1 416 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
    }
    let rest = &body[start..];
    let mut head = String::from(if start > 0 {
        "HTTP/1.1 206 Part\r\n"
    } else {
        "HTTP/1.1 200 OK\r\n"
    });
    if start > 0 {
        head += &format!("Content-Range: bytes {start}-{}/{}\r\n", body.len() - 1, body.len());
    }
    if announce {
        head += &format!("Content-Length: {}\r\n", rest.len());
    }
    write!(stream, "{head}Connection: close\r\n\r\n")?;
    stream.write_all(&rest[..rest.len().min(limit)])?;
    if matches!(answer, Some(Answer::Stalls(..))) && limit < rest.len() {
        thread::sleep(Duration::from_secs(60));
    }
    Ok(())
}

/// Bytes that do not repeat soon.
pub fn noise(len: usize) -> Vec<u8> {
    (0..len as u64)
        .map(|i| (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as u8)
        .collect()
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A catalogue of one set, `set`, with one file, `file.bin`.
pub fn catalogue(content: &[u8], urls: &[String]) -> gradus_data::Catalogue {
    let text = format!(
        "[[set]]\nname = \"set\"\nfolder = \"a/set\"\ntitle = \"t\"\nlicence = \"l\"\nsource = \"s\"\n\
         [[set.file]]\nname = \"file.bin\"\nbytes = {}\nsha256 = \"{}\"\nurls = {urls:?}\n",
        content.len(),
        sha256(content),
    );
    gradus_data::Catalogue::parse(&text).expect("a good catalogue")
}
