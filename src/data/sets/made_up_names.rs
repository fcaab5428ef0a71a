//! Names of languages that do not exist: each has sounds of its own, and endings by which one knows it.

use std::collections::HashSet;

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const ONSETS: [&str; 28] = [
    "b", "br", "ch", "d", "dr", "f", "g", "gl", "h", "j", "k", "kr", "l", "m", "n", "p", "pr", "r", "s", "sh", "st",
    "t", "th", "tr", "v", "w", "y", "z",
];
const VOWELS: [&str; 12] = ["a", "e", "i", "o", "u", "ai", "ea", "ei", "ou", "ia", "y", "oo"];
const CODAS: [&str; 14] = ["", "l", "m", "n", "r", "s", "t", "k", "ng", "nd", "rt", "lk", "x", "sk"];
const ENDINGS: [&str; 30] = [
    "ov", "ski", "son", "ez", "ini", "eau", "akis", "er", "ius", "oto", "anu", "idze", "ek", "ang", "ardo", "ell",
    "ima", "oy", "una", "eth", "oren", "ilde", "ax", "umo", "aris", "ente", "ossi", "elin", "ush", "orra",
];
/// How many surnames each language has: as uneven as those of the world are, and less than there.
const COUNTS: [usize; 18] = [
    60, 120, 200, 110, 900, 100, 240, 80, 90, 230, 320, 40, 60, 40, 1600, 50, 110, 40,
];

/// A language: the sounds that its names are made of.
pub(super) struct Tongue {
    name: String,
    onsets: Vec<&'static str>,
    vowels: Vec<&'static str>,
    codas: Vec<&'static str>,
    endings: Vec<&'static str>,
}

impl Tongue {
    /// So many languages, the same ones every time.
    pub fn all(count: usize) -> Vec<Self> {
        let mut known = HashSet::new();
        let drawn = (0..count as u64).map(|i| Self::drawn(&mut ChaCha8Rng::seed_from_u64(100 + i)));
        // Two languages shall not have one name.
        drawn
            .map(|mut tongue| {
                while !known.insert(tongue.name.clone()) {
                    tongue.name.push('n');
                }
                tongue
            })
            .collect()
    }

    fn drawn(rng: &mut ChaCha8Rng) -> Self {
        let mut tongue = Self {
            name: String::new(),
            onsets: some(&ONSETS, 9, rng),
            vowels: some(&VOWELS, 4, rng),
            codas: some(&CODAS, 5, rng),
            endings: some(&ENDINGS, 4, rng),
        };
        tongue.name = capital(&(tongue.syllables(2, rng) + "ian"));
        tongue
    }

    /// What the language is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn syllables(&self, count: usize, rng: &mut ChaCha8Rng) -> String {
        (0..count)
            .map(|_| one(&self.onsets, rng).to_string() + one(&self.vowels, rng))
            .collect()
    }

    /// Most names have one of the endings, some end as they please.
    fn surname(&self, rng: &mut ChaCha8Rng) -> String {
        let stem = 1 + usize::from(rng.gen_bool(0.5));
        let stem = self.syllables(stem, rng);
        let end = if rng.gen_bool(0.7) {
            // A consonant stands between two vowels.
            one(&self.onsets, rng).to_string() + one(&self.endings, rng)
        } else {
            one(&self.codas, rng).to_string()
        };
        capital(&(stem + &end))
    }
}

/// The surnames of each language, each but once.
pub(super) fn surnames(tongues: &[Tongue]) -> Vec<Vec<String>> {
    let names = |(i, tongue): (usize, &Tongue)| {
        let mut rng = ChaCha8Rng::seed_from_u64(200 + i as u64);
        distinct(COUNTS[i % COUNTS.len()], || tongue.surname(&mut rng))
    };
    tongues.iter().enumerate().map(names).collect()
}

/// First names in small letters, each but once.
pub(super) fn first_names() -> Vec<String> {
    let tongues = Tongue::all(3);
    let mut rng = ChaCha8Rng::seed_from_u64(300);
    distinct(3000, || {
        let tongue = &tongues[rng.gen_range(0..tongues.len())];
        let count = rng.gen_range(1..=3);
        let end = one(&["", "n", "a", "la", "ra", "s", "l"], &mut rng);
        tongue.syllables(count, &mut rng) + end
    })
}

/// `count` different names, or as many as are found before it gets tedious.
fn distinct(count: usize, mut draw: impl FnMut() -> String) -> Vec<String> {
    let (mut names, mut seen) = (Vec::new(), HashSet::new());
    for _ in 0..50 * count {
        let name = draw();
        if seen.insert(name.clone()) {
            names.push(name);
        }
        if names.len() == count {
            break;
        }
    }
    names
}

fn some(all: &[&'static str], count: usize, rng: &mut ChaCha8Rng) -> Vec<&'static str> {
    all.choose_multiple(rng, count).copied().collect()
}

fn one<'a>(all: &[&'a str], rng: &mut ChaCha8Rng) -> &'a str {
    all.choose(rng).copied().unwrap_or_default()
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
