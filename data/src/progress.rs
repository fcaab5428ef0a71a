//! Telling someone how a download goes.

/// Hears how a download goes. Every method does nothing unless it is overridden.
pub trait Progress {
    /// A file of `total` bytes begins; `done` of them are already there from an interrupted download.
    fn begin(&mut self, file: &str, total: u64, done: u64) {
        let _ = (file, total, done);
    }

    /// `done` bytes of the current file are there. Can go back to 0 when a mirror starts over.
    fn advance(&mut self, done: u64) {
        let _ = done;
    }

    /// The current file is complete, checked and in its place.
    fn end(&mut self, file: &str) {
        let _ = file;
    }

    /// Something worth saying: a mirror failed and the next one is tried.
    fn note(&mut self, message: &str) {
        let _ = message;
    }
}

/// Says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {}

/// Prints a line to standard output per quarter of a file: for notebooks, where a line cannot be overwritten.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    total: u64,
    quarters: u64,
}

impl Progress for Lines {
    fn begin(&mut self, file: &str, total: u64, done: u64) {
        *self = Self {
            total,
            quarters: 4 * done / total.max(1),
        };
        match done {
            0 => println!("downloading {file}, {}", megabytes(total)),
            _ => println!(
                "downloading {file}, {}, {} of it are here",
                megabytes(total),
                megabytes(done)
            ),
        }
    }

    fn advance(&mut self, done: u64) {
        let quarters = 4 * done / self.total.max(1);
        // Files under a megabyte come at once: no line in between.
        if quarters > self.quarters && quarters < 4 && self.total > 1_000_000 {
            println!("  {} %", 25 * quarters);
        }
        self.quarters = quarters;
    }

    fn end(&mut self, file: &str) {
        println!("  {file} is complete, its checksum is right");
    }

    fn note(&mut self, message: &str) {
        println!("  {message}");
    }
}

fn megabytes(bytes: u64) -> String {
    if bytes < 100_000 {
        format!("{bytes} bytes")
    } else {
        format!("{:.1} MB", bytes as f64 / 1e6)
    }
}
