//! `cargo course bench`: the crate's speed beside PyTorch's, on this machine, in this hour.
//!
//! The two take turns, so that whatever else the machine does meets both. What it compares with lives in a folder of its
//! own, `.gradus/bench`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::process::output;
use crate::project::Project;

/// What to measure.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// Compare with these, separated by commas
    #[arg(long, value_enum, value_delimiter = ',')]
    pub against: Vec<Rival>,
    /// A Python that has PyTorch already; without it one is set up, and PyTorch downloaded
    #[arg(long)]
    pub python: Option<PathBuf>,
    /// Only these workloads, separated by commas
    #[arg(long, value_delimiter = ',')]
    pub only: Vec<String>,
    /// How often the sides take turns
    #[arg(long, default_value_t = 5)]
    pub rounds: usize,
    /// Seconds of one turn
    #[arg(long, default_value_t = 2.0)]
    pub seconds: f64,
    /// Threads of each side
    #[arg(long, default_value_t = 2)]
    pub threads: usize,
}

/// What the crate can be compared with.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq)]
pub enum Rival {
    /// PyTorch on the CPU, from PyPI
    Torch,
    /// Burn on its CPU backend Flex, compiled from crates.io
    Burn,
    /// Candle on the CPU, compiled from crates.io
    Candle,
}

const WORKLOADS: [(&str, &str); 23] = [
    ("product", "Product of two 1024 x 1024 matrices"),
    ("w1", "W1 MLP 784-256-128-10, batch 128, training step"),
    ("w2", "W2 LeNet, batch 128, training step"),
    ("w3", "W3 small ResNet, batch 64, training step"),
    ("w4", "W4 GRU, 28 steps of 28, 128 units, batch 128, training step"),
    ("w5", "W5 transformer block, 49 tokens of 64, batch 64, training step"),
    (
        "w6",
        "W6 character GPT, 64 characters, 128 features, 4 blocks, batch 16, training step",
    ),
    (
        "w7",
        "W7 LSTM in both directions, 5 to 50 steps of 64, 64 units, batch 64, gradients",
    ),
    ("w8", "W8 DCGAN, 28 x 28, batch 64, step of both networks"),
    (
        "w9",
        "W9 U-Net for diffusion, 28 x 28, 16 and 32 maps, batch 32, training step",
    ),
    (
        "w10",
        "W10 GCN on 2708 nodes, 5278 edges, 1433 sparse features, training step",
    ),
    ("i2_256", "W2 inference, batch 256"),
    ("i2_1", "W2 inference, batch 1"),
    ("squeezenet", "SqueezeNet 1.1 inference, 227 x 227, batch 1"),
    ("depthwise", "Depthwise 3 x 3, 64 channels, 28 x 28, batch 32 *"),
    ("stride2", "3 x 3 stride 2, 64 to 128 channels, 28 x 28, batch 16 *"),
    ("seven", "7 x 7 stride 2, 3 to 64 channels, 112 x 112, batch 4 *"),
    ("channels3", "3 x 3, 3 to 64 channels, 56 x 56, batch 8 *"),
    ("channels64", "3 x 3, 64 to 64 channels, 28 x 28, batch 16 *"),
    ("channels128", "3 x 3, 128 to 128 channels, 14 x 14, batch 16 *"),
    ("gelu", "GELU, 3136 x 256 *"),
    ("tanh", "Tanh, 3136 x 256 *"),
    ("softmax", "Softmax, 1024 rows of 512 *"),
];

/// Multiplications with an addition, in millions per step. A training step multiplies by each weight three times per
/// sample: forward, for the gradient of the weight and for that of the input, which the first layer does not need.
const MULTIPLICATIONS: [(&str, f64); 8] = [
    ("product", 1024.0 * 1024.0 * 1024.0 / 1e6),
    ("w1", 128.0 * (3.0 * 234_752.0 - 200_704.0) / 1e6),
    ("w2", 128.0 * (3.0 * 3_024_384.0 - 313_600.0) / 1e6),
    ("w3", 64.0 * (3.0 * 10_148_416.0 - 112_896.0) / 1e6),
    ("w4", 128.0 * (3.0 * 1_678_592.0 - 301_056.0) / 1e6),
    ("w5", 64.0 * (3.0 * 2_716_416.0 - 602_112.0) / 1e6),
    ("i2_256", 256.0 * 3_024_384.0 / 1e6),
    ("i2_1", 3_024_384.0 / 1e6),
];

/// glibc gives large blocks back to the system at once and gets them back page by page: either side is several times
/// slower then, and neither is what is measured here.
const MALLOC: [(&str, &str); 3] = [
    ("MALLOC_MMAP_THRESHOLD_", "4294967296"),
    ("MALLOC_TRIM_THRESHOLD_", "4294967296"),
    ("MALLOC_TOP_PAD_", "268435456"),
];

/// One side of the comparison.
struct Side {
    name: String,
    program: PathBuf,
    arguments: Vec<String>,
    /// The workloads that it has; all of them where this is empty.
    has: &'static [&'static str],
}

impl Side {
    fn does(&self, workload: &str) -> bool {
        self.has.is_empty() || self.has.contains(&workload)
    }
}

/// The turns of one side on one workload.
#[derive(Default)]
struct Turns {
    /// Milliseconds per step.
    ms: Vec<f64>,
    /// Peak memory in MB.
    peak: f64,
}

impl Turns {
    fn median(&self) -> f64 {
        let mut sorted = self.ms.clone();
        sorted.sort_by(f64::total_cmp);
        sorted[sorted.len() / 2]
    }

    fn spread(&self) -> (f64, f64) {
        self.ms
            .iter()
            .fold((f64::INFINITY, 0.0), |(low, high), ms| (ms.min(low), ms.max(high)))
    }
}

/// Measures, prints the table and writes it to `benches/results.md`.
pub fn bench(project: &Project, options: &Options) -> Result<bool> {
    let mut sides = vec![gradus(project)?];
    for rival in &options.against {
        match rival {
            Rival::Torch => sides.push(torch(project, options.python.as_deref())?),
            Rival::Burn => sides.push(crates(project, "burn", "Burn")?),
            Rival::Candle => sides.push(crates(project, "candle", "Candle")?),
        }
    }
    let mut table = header(&sides, options);
    let mut rates: Vec<(&str, Vec<Option<f64>>)> = Vec::new();
    for (name, text) in WORKLOADS {
        if !options.only.is_empty() && !options.only.iter().any(|only| only == name) {
            continue;
        }
        let mut turns: Vec<Turns> = sides.iter().map(|_| Turns::default()).collect();
        for _ in 0..options.rounds.max(1) {
            for (side, turns) in sides.iter().zip(&mut turns).filter(|(side, _)| side.does(name)) {
                let (ms, peak) = turn(side, name, options)?;
                turns.ms.push(ms);
                turns.peak = turns.peak.max(peak);
            }
        }
        let row = row(text, &turns);
        print!("{row}");
        table += &row;
        if let Some((_, millions)) = MULTIPLICATIONS.iter().find(|(other, _)| *other == name) {
            let rate = |turns: &Turns| (!turns.ms.is_empty()).then(|| 2.0 * millions / turns.median());
            rates.push((text, turns.iter().map(rate).collect()));
        }
    }
    table += "\n\\* One operation, forward and backward, the gradient of its input included.\n";
    let shares = shares(&sides, &rates);
    print!("{shares}");
    table += &shares;
    let path = project.root().join("benches/results.md");
    fs::write(&path, table).with_context(|| path.display().to_string())?;
    println!("written to {}", path.display());
    Ok(true)
}

fn header(sides: &[Side], options: &Options) -> String {
    let names: Vec<&str> = sides.iter().map(|side| side.name.as_str()).collect();
    let mut text = format!(
        "# Speed\n\nMade by `cargo course bench`. {}, {} threads each, {} turns of {} s that alternate. Milliseconds per step: \
         median (least to most); peak memory; how many times the first one's median goes into the other.\n\n| workload |",
        cpu(),
        options.threads,
        options.rounds,
        options.seconds,
    );
    for name in &names {
        let _ = write!(text, " {name} | peak |");
    }
    for name in &names[1..] {
        let _ = write!(text, " {} / {name} |", names[0]);
    }
    text += "\n|---|";
    text += &"---|".repeat(3 * names.len() - 1);
    text.push('\n');
    print!("{text}");
    text
}

fn row(text: &str, turns: &[Turns]) -> String {
    let mut row = format!("| {text} |");
    for turns in turns {
        if turns.ms.is_empty() {
            row += " | |";
            continue;
        }
        let (low, high) = turns.spread();
        let _ = write!(
            row,
            " {:.3} ({low:.3} to {high:.3}) | {:.0} MB |",
            turns.median(),
            turns.peak
        );
    }
    for rival in &turns[1..] {
        if rival.ms.is_empty() {
            row += " |";
        } else {
            let _ = write!(row, " {:.2} |", turns[0].median() / rival.median());
        }
    }
    row.push('\n');
    row
}

/// How near each side comes to what the machine can do: the faster of the matrix products.
fn shares(sides: &[Side], rates: &[(&str, Vec<Option<f64>>)]) -> String {
    let Some((product, rest)) = rates.split_first().filter(|((text, _), _)| *text == WORKLOADS[0].1) else {
        return String::new();
    };
    let peak = product.1.iter().flatten().fold(0.0_f64, |peak, rate| peak.max(*rate));
    let mut text = format!(
        "\n## How near to the machine's peak\n\nThe faster of the products of two 1024 x 1024 matrices does {peak:.0} GFLOP/s. \
         GFLOP/s of the multiplications that each workload needs, and their share of that peak.\n\n| workload |"
    );
    for side in sides {
        let _ = write!(text, " {} |", side.name);
    }
    text += "\n|---|";
    text += &"---|".repeat(sides.len());
    text.push('\n');
    for (name, rates) in std::iter::once(product).chain(rest) {
        let _ = write!(text, "| {name} |");
        for rate in rates {
            let _ = match rate {
                Some(rate) => write!(text, " {rate:.0} ({:.0} %) |", 100.0 * rate / peak),
                None => write!(text, " |"),
            };
        }
        text.push('\n');
    }
    text
}

/// One turn: milliseconds per step, and peak memory in MB.
fn turn(side: &Side, workload: &str, options: &Options) -> Result<(f64, f64)> {
    let threads = options.threads.to_string();
    let result = Command::new(&side.program)
        .args(&side.arguments)
        .args([workload, &options.seconds.to_string(), &threads])
        .envs(MALLOC)
        .env("RAYON_NUM_THREADS", &threads)
        .stdin(Stdio::null())
        .output()
        .with_context(|| side.program.display().to_string())?;
    let text = String::from_utf8_lossy(&result.stdout);
    let mut numbers = text.split_whitespace().rev().map(str::parse::<f64>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(peak)), Some(Ok(ms))) if result.status.success() => Ok((ms, peak / 1e3)),
        _ => bail!(
            "{} on {workload}: {}",
            side.name,
            String::from_utf8_lossy(&result.stderr).trim()
        ),
    }
}

/// A side that is a package of its own in `benches`, compiled for the occasion.
fn crates(project: &Project, folder: &str, name: &str) -> Result<Side> {
    let package = project.root().join("benches").join(folder);
    let target = project.state("bench").join(folder);
    println!(
        "{name} is compiled in {}; the first time takes minutes",
        target.display()
    );
    let mut command = Command::new("cargo");
    command.args(["build", "--release", "--locked"]);
    command.current_dir(&package).env("CARGO_TARGET_DIR", &target);
    run(&mut command)?;
    let manifest = fs::read_to_string(package.join("Cargo.toml"))?;
    // The first version that is pinned is the library's.
    let version = manifest.split("\"=").nth(1).and_then(|rest| rest.split('"').next());
    let program = format!("release/{folder}-workloads{}", std::env::consts::EXE_SUFFIX);
    Ok(Side {
        name: format!("{name} {}", version.unwrap_or_default()),
        program: target.join(program),
        arguments: Vec::new(),
        has: &["w1", "w2", "w3", "i2_256", "i2_1"],
    })
}

/// Compiles the crate's side.
fn gradus(project: &Project) -> Result<Side> {
    let arguments = [
        "bench",
        "--package",
        "gradus-benches",
        "--bench",
        "workloads",
        "--no-run",
        "--message-format",
        "json",
    ];
    let result = Command::new("cargo")
        .args(arguments)
        .current_dir(project.root())
        .stderr(Stdio::inherit())
        .output()
        .context("cargo")?;
    let text = String::from_utf8_lossy(&result.stdout);
    let messages = text
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let program = messages
        .filter(|message| message["target"]["name"] == "workloads")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from));
    Ok(Side {
        name: format!("gradus {}", env!("CARGO_PKG_VERSION")),
        program: program.context("`cargo bench --no-run` made no program; run it to see why")?,
        arguments: Vec::new(),
        has: &[],
    })
}

/// PyTorch, in the given Python or in an environment of its own.
fn torch(project: &Project, python: Option<&Path>) -> Result<Side> {
    let python = match python {
        Some(python) => python.to_path_buf(),
        None => torch_environment(project)?,
    };
    let script = project.root().join("benches/torch_workloads.py").display().to_string();
    let version = output(&python, &[&script, "version", "0"]);
    Ok(Side {
        name: format!("PyTorch {}", version.context("PyTorch does not start")?),
        program: python,
        arguments: vec![script],
        has: &[],
    })
}

/// The Python of an environment that has PyTorch; it is set up where it is missing.
fn torch_environment(project: &Project) -> Result<PathBuf> {
    let venv = project.state("bench/torch");
    let python = venv.join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    });
    if !python.is_file() {
        fs::create_dir_all(project.state("bench"))?;
        let host = std::env::var("GRADUS_PYTHON").unwrap_or_else(|_| "python3".into());
        run(Command::new(host).args(["-m", "venv"]).arg(&venv))?;
    }
    if output(&python, &["-c", "import torch"]).is_none() {
        println!("PyTorch is installed into {}", venv.display());
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "torch", "numpy"]))?;
    }
    Ok(python)
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("{command:?}"))?;
    if !status.success() {
        bail!("{command:?} failed");
    }
    Ok(())
}

/// The name of the processor.
fn cpu() -> String {
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    let linux = fs::read_to_string(Path::new("/proc/cpuinfo")).ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split(':').nth(1)?.trim().to_string())
    });
    let mac = || output("sysctl", &["-n", "machdep.cpu.brand_string"]);
    format!(
        "{}, {cores} cores",
        linux.or_else(mac).unwrap_or_else(|| std::env::consts::ARCH.into())
    )
}
