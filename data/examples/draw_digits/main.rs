//! Draws the digits that the crate carries: `cargo run --release -p gradus-data --example draw_digits [FOLDER]`.

mod draw;
// A table: one stroke per line reads better than one number.
#[rustfmt::skip]
mod styles;

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};

/// What is drawn: the first part of the files' names, how many pictures, the seed.
const SETS: [(&str, usize, u64); 2] = [("train", 6000, 1), ("test", 1000, 2)];

fn main() -> io::Result<()> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("digits");
    let folder = std::env::args_os().nth(1).map_or(default, PathBuf::from);
    std::fs::create_dir_all(&folder)?;
    for (name, count, seed) in SETS {
        let (pixels, labels) = draw::draw_set(count, seed);
        let (count, side) = (count as u32, draw::SIDE as u32);
        write(
            &folder.join(format!("{name}-images-idx3-ubyte.gz")),
            &[2051, count, side, side],
            &pixels,
        )?;
        write(
            &folder.join(format!("{name}-labels-idx1-ubyte.gz")),
            &[2049, count],
            &labels,
        )?;
    }
    Ok(())
}

fn write(path: &Path, header: &[u32], content: &[u8]) -> io::Result<()> {
    // No name and no time in the header: the same digits give the same file.
    let mut gz = GzBuilder::new()
        .mtime(0)
        .write(File::create(path)?, Compression::best());
    for number in header {
        gz.write_all(&number.to_be_bytes())?;
    }
    gz.write_all(content)?;
    gz.finish()?.sync_all()
}
