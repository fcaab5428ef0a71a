//! A running service, clients for it, and models and pictures to feed it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use gradus::prelude::*;
use gradus_serve::card::Card;
use gradus_serve::network::{Network, SqueezeBody};
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageFormat, RgbImage};
use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(120);

/// A process that ends with the test.
pub struct Service {
    child: Child,
    output: BufReader<ChildStdout>,
    pub address: SocketAddr,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub json: Value,
    pub text: String,
    pub headers: String,
}

impl Answer {
    /// The message of a refusal.
    pub fn error(&self) -> &str {
        self.json["error"].as_str().unwrap_or_default()
    }

    pub fn probabilities(&self) -> Vec<f64> {
        let all = self.json["probabilities"].as_object().expect("probabilities");
        all.values().map(|p| p.as_f64().unwrap()).collect()
    }
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_gradus-serve"))
}

/// What the service says of a model that it does not serve.
pub fn refusal(folder: &Path) -> String {
    let mut child = program()
        .args(["run", "--address", "127.0.0.1:0"])
        .arg(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    if !first.is_empty() {
        child.kill().unwrap();
        panic!("it is served: {first}");
    }
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

impl Service {
    pub fn start(folder: &Path, options: &[&str]) -> Self {
        let mut child = program()
            .args(["run", "--address", "127.0.0.1:0"])
            .args(options)
            .arg(folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let address = line.trim().rsplit("http://").next().unwrap();
        let address = address.parse().unwrap_or_else(|_| panic!("no address in {line:?}"));
        Self { child, output, address }
    }

    fn agent() -> ureq::Agent {
        let settings = ureq::Agent::config_builder().http_status_as_error(false);
        settings.timeout_global(Some(PATIENCE)).build().into()
    }

    /// Asks about a picture as an ordinary client does.
    pub fn ask(&self, picture: &[u8]) -> Answer {
        self.post("/predict", "application/octet-stream", picture)
    }

    pub fn post(&self, path: &str, kind: &str, body: &[u8]) -> Answer {
        let request = Self::agent().post(format!("http://{}{path}", self.address));
        answer(request.header("Content-Type", kind).send(body).unwrap())
    }

    pub fn get(&self, path: &str) -> Answer {
        answer(
            Self::agent()
                .get(format!("http://{}{path}", self.address))
                .call()
                .unwrap(),
        )
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends these bytes, and nothing more ever, as no ordinary client would.
    pub fn raw(&self, bytes: &[u8]) -> Answer {
        let mut stream = self.connect();
        stream.write_all(bytes).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        read_answer(stream)
    }

    /// A figure of `/metrics`: the value of the line that begins so.
    pub fn metric(&self, name: &str) -> f64 {
        let text = self.get("/metrics").text;
        let line = text.lines().find(|line| line.starts_with(name));
        line.map_or(0.0, |line| line.rsplit(' ').next().unwrap().parse().unwrap())
    }

    /// The most memory that the process has had, in megabytes.
    #[cfg(target_os = "linux")]
    pub fn peak_megabytes(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
    }

    #[cfg(unix)]
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits for the end: whether it was a good one, and the last words.
    pub fn end(&mut self) -> (bool, String) {
        let mut words = String::new();
        self.output.read_to_string(&mut words).unwrap();
        (self.child.wait().unwrap().success(), words)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn answer(mut response: ureq::http::Response<ureq::Body>) -> Answer {
    let text = response.body_mut().read_to_string().unwrap();
    Answer {
        status: response.status().as_u16(),
        json: serde_json::from_str(&text).unwrap_or_default(),
        headers: format!("{:?}", response.headers()).to_lowercase(),
        text,
    }
}

/// Reads until the service closes the connection, and takes the answer apart.
pub fn read_answer(mut stream: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    let ended = stream.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes);
    let (headers, body) = text
        .split_once("\r\n\r\n")
        .unwrap_or_else(|| panic!("no answer but {text:?} ({ended:?})"));
    let status = headers.split(' ').nth(1).and_then(|word| word.parse().ok());
    Answer {
        status: status.unwrap_or_else(|| panic!("no status in {headers:?}")),
        json: serde_json::from_str(body).unwrap_or_default(),
        headers: headers.to_lowercase(),
        text: body.into(),
    }
}

/// Waits until it is so.
pub fn until(what: &str, so: impl Fn() -> bool) {
    let start = Instant::now();
    while !so() {
        assert!(start.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&path).unwrap();
    path
}

/// The example: a network that reads digits in less than a millisecond. Trained once for all tests.
pub fn digits_model() -> &'static Path {
    static MODEL: OnceLock<PathBuf> = OnceLock::new();
    MODEL.get_or_init(|| {
        let path = folder("digits");
        let accuracy = gradus_serve::example::write(&path, 6000, 1).unwrap();
        assert!(accuracy > 0.9, "{accuracy}");
        path
    })
}

/// The network of [`photo_model`], as a learner holds it.
pub type Photo = (SqueezeBody, Linear<512, 5>);

/// A network for photographs that takes its time, with random weights.
pub fn photo_model() -> &'static Path {
    static MODEL: OnceLock<PathBuf> = OnceLock::new();
    MODEL.get_or_init(|| {
        let path = folder("photo");
        let mut learner = Learner::classifier::<Photo>(&device(1).unwrap(), Sgd::default()).unwrap();
        learner.init(Init::KaimingUniform, 1).unwrap();
        learner.save(path.join("weights.safetensors")).unwrap();
        write_card(&path, &photo_card(&path));
        path
    })
}

pub fn photo_card(folder: &Path) -> String {
    let hash = data::sha256(folder.join("weights.safetensors")).unwrap();
    format!(
        "format = 1\nname = \"photo\"\nversion = \"7\"\narchitecture = \"squeezenet-1.1\"\n\
         weights = \"weights.safetensors\"\nsha256 = \"{hash}\"\nclasses = [\"a\", \"b\", \"c\", \"d\", \"e\"]\n\
         input = [3, 96, 96]\nfit = \"crop\"\nmean = [0.5, 0.4, 0.3]\nstd = [0.2, 0.3, 0.4]\n\
         temperature = 2.0\nthreshold = 1.0\n"
    )
}

pub fn write_card(folder: &Path, card: &str) {
    std::fs::write(folder.join("card.toml"), card).unwrap();
}

/// A colourful picture, another one for every seed.
pub fn picture(width: u32, height: u32, seed: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([
            (x * (seed + 1)) as u8,
            (y * (seed + 2)) as u8,
            ((x * y) / (seed + 1)) as u8,
        ])
    })
}

pub fn png(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

pub fn jpeg(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (width, height) = picture.dimensions();
    JpegEncoder::new_with_quality(&mut bytes, 90)
        .encode(picture, width, height, ExtendedColorType::Rgb8)
        .unwrap();
    bytes
}

/// A digit of the test set, as a file, and what it shows: one of the first forty.
pub fn digit(i: usize) -> (Vec<u8>, String) {
    static DIGITS: OnceLock<Vec<(Vec<u8>, String)>> = OnceLock::new();
    let file = |test: &Dataset, i: usize| {
        let image = test.image(i).unwrap();
        let bytes: Vec<u8> = image.pixels().iter().map(|v| (255.0 * v) as u8).collect();
        let grey = image::GrayImage::from_raw(28, 28, bytes).unwrap();
        let mut file = std::io::Cursor::new(Vec::new());
        grey.write_to(&mut file, ImageFormat::Png).unwrap();
        (file.into_inner(), test.label(i).unwrap().to_string())
    };
    let all = || {
        let (_, test) = data::digits().unwrap();
        (0..40).map(|i| file(&test, i)).collect()
    };
    DIGITS.get_or_init(all)[i].clone()
}

/// A digit that the network of [`digits_model`] reads right, and what it shows.
pub fn easy_digit() -> &'static (Vec<u8>, String) {
    static DIGIT: OnceLock<(Vec<u8>, String)> = OnceLock::new();
    DIGIT.get_or_init(|| {
        let (card, weights) = Card::read(digits_model()).unwrap();
        let network = Network::open(&card, &weights).unwrap();
        let right = |(file, truth): &(Vec<u8>, String)| {
            let values = gradus_serve::picture::values(file, &card, 1000).unwrap();
            let all = &network.probabilities(vec![values]).unwrap()[0];
            let class = card.classes.iter().position(|class| class == truth).unwrap();
            all[class] > 0.5
        };
        (0..40).map(digit).find(right).unwrap()
    })
}

/// The beginning of a request with a body of so many bytes.
pub fn head(length: usize) -> Vec<u8> {
    format!("POST /predict HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n")
        .into_bytes()
}
