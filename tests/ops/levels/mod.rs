//! One program on each instruction set that this processor has and with 1, 2 and 4 threads.
//!
//! Instruction set and threads are chosen once per process, so the test program calls itself: each child runs one test
//! alone, `results_of_one_process` of a module below, which prints all numbers bit by bit, and the parent compares.

mod kernels;
mod sequences;

use std::collections::BTreeMap;
use std::process::Command;

use gradus_tests::test_name;

const CHILD: &str = "GRADUS_TEST_LEVELS_CHILD";

/// Whether this process is a child, which is to print its results.
pub fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

/// Runs the children, each of which prints at least `results` from the test of `module`: the same bits for any number of
/// threads, the same numbers to rounding for any registers.
pub fn compare(module: &str, results: usize) {
    let test = test_name(module, "results_of_one_process");
    let child = |level: &str, threads| child(&test, level, threads, results);
    let best = child("", 1);
    for level in ["portable", "avx2", "avx512"] {
        let one = child(level, 1);
        for threads in [2, 4] {
            let more = child(level, threads);
            for (name, bits) in &one {
                assert!(more[name] == *bits, "{name}, {level}: 1 and {threads} threads differ");
            }
        }
        for (name, bits) in &one {
            close(&format!("{name}, {level}"), &floats(bits), &floats(&best[name]), 1e-5);
        }
        #[cfg(target_arch = "x86_64")]
        if level == "portable" && is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            assert!(
                one != best,
                "fused multiply-add rounds otherwise: was the level forced at all?"
            );
        }
    }
}

/// The results of a child process, by name.
fn child(test: &str, level: &str, threads: usize, least: usize) -> BTreeMap<String, Vec<u32>> {
    let output = Command::new(std::env::current_exe().expect("a path"))
        .args(["--exact", test, "--nocapture"])
        .env(CHILD, "1")
        .env("GRADUS_SIMD", level)
        .env("RAYON_NUM_THREADS", threads.to_string())
        .output()
        .expect("starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{level}, {threads} threads: {text}\n{errors}");
    let lines = text
        .lines()
        .filter_map(|line| line.split_once("bits of ")?.1.split_once(": "));
    let word = |word: &str| u32::from_str_radix(word, 16).expect("hexadecimal");
    let results: BTreeMap<_, _> = lines
        .map(|(name, bits)| (name.to_string(), bits.split_whitespace().map(word).collect()))
        .collect();
    assert!(results.len() >= least, "{level}: {:?}", results.keys());
    results
}

fn floats(bits: &[u32]) -> Vec<f32> {
    bits.iter().map(|b| f32::from_bits(*b)).collect()
}

/// No number is off by more than a share of the largest.
pub fn close(name: &str, a: &[f32], b: &[f32], share: f32) {
    assert_eq!(a.len(), b.len(), "{name}");
    let largest = b.iter().fold(0.0f32, |m, b| m.max(b.abs()));
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        assert!((a - b).abs() <= share * largest, "{name}: {a} and {b} at {i}");
    }
}

/// Prints the numbers as the parent reads them.
pub fn show(name: &str, numbers: &[f32]) {
    let bits: Vec<String> = numbers.iter().map(|x| format!("{:x}", x.to_bits())).collect();
    println!("\nbits of {name}: {}", bits.join(" "));
}
