//! Texts made by rules: sentences about films, scenes of a play, and a small language with its grammar.

use std::collections::HashSet;

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const PARTS: [&str; 8] = ["plot", "cast", "script", "ending", "music", "camera", "humour", "story"];
const GOOD: [&str; 9] = [
    "warm", "clever", "moving", "fresh", "gripping", "lovely", "sharp", "tender", "funny",
];
const BAD: [&str; 9] = [
    "dull", "tired", "clumsy", "flat", "noisy", "hollow", "shallow", "endless", "silly",
];

/// A thousand sentences that praise films, or pan them. A word tells most of it, but `not` turns it round.
pub(super) fn reviews(praise: bool) -> Vec<String> {
    let mut rng = ChaCha8Rng::seed_from_u64(600 + u64::from(praise));
    distinct(1000, || {
        let (with, against) = if praise { (GOOD, BAD) } else { (BAD, GOOD) };
        let part = |rng: &mut ChaCha8Rng| one(&PARTS, rng);
        let say = |rng: &mut ChaCha8Rng| match rng.gen_range(0..4) {
            0 => format!("not {}", one(&against, rng)),
            1 => format!("{} , never {}", one(&with, rng), one(&against, rng)),
            2 => format!("{} and {}", one(&with, rng), one(&with, rng)),
            _ => one(&with, rng).to_string(),
        };
        match rng.gen_range(0..4) {
            0 => format!("the {} is {} .", part(&mut rng), say(&mut rng)),
            1 => format!(
                "a film whose {} feels {} and whose {} is {} .",
                part(&mut rng),
                say(&mut rng),
                part(&mut rng),
                say(&mut rng)
            ),
            2 => format!(
                "{} : the {} saves nothing , the {} is all there is .",
                say(&mut rng),
                part(&mut rng),
                part(&mut rng)
            ),
            _ => format!(
                "its {} may be {} , yet the whole is {} .",
                part(&mut rng),
                one(&against, &mut rng),
                say(&mut rng)
            ),
        }
    })
}

const SPEAKERS: [&str; 6] = [
    "FIRST GARDENER",
    "SECOND GARDENER",
    "MIRA",
    "THE MILLER",
    "OLD TOBIN",
    "QUEEN",
];
const OPENINGS: [&str; 8] = [
    "Good morrow",
    "Hear me",
    "Alas",
    "Nay",
    "My lord",
    "Come hither",
    "So be it",
    "What news",
];
const WHO: [&str; 8] = [
    "the king",
    "thy brother",
    "my daughter",
    "the river",
    "this garden",
    "the moon",
    "our mill",
    "the fool",
];
const DOES: [&str; 8] = [
    "sleeps",
    "weeps",
    "hath forgotten",
    "will never see",
    "doth guard",
    "calls",
    "hides",
    "loves",
];
const WHAT: [&str; 8] = [
    "the rose",
    "his crown",
    "a secret",
    "the morning",
    "thy name",
    "the winter",
    "my heart",
    "the old song",
];

/// Scenes of a play that nobody wrote: the form of plays, speech after speech.
pub(super) fn scenes() -> String {
    let mut rng = ChaCha8Rng::seed_from_u64(610);
    let mut out = String::new();
    let mut last = "";
    while out.len() < 120_000 {
        // Nobody answers himself.
        let speaker = std::iter::repeat_with(|| one(&SPEAKERS, &mut rng))
            .find(|name| *name != last)
            .unwrap_or(last);
        last = speaker;
        out += speaker;
        out += ":\n";
        for _ in 0..rng.gen_range(1..4) {
            let (who, does, what) = (one(&WHO, &mut rng), one(&DOES, &mut rng), one(&WHAT, &mut rng));
            out += &match rng.gen_range(0..3) {
                0 => format!("{}, {who} {does} {what}.\n", one(&OPENINGS, &mut rng)),
                1 => format!(
                    "{}! {who} {does} {what},\nAnd {} {} {}.\n",
                    one(&OPENINGS, &mut rng),
                    one(&WHO, &mut rng),
                    one(&DOES, &mut rng),
                    one(&WHAT, &mut rng)
                ),
                _ => format!("Know you that {who} {does} {what}?\n"),
            };
        }
        out.push('\n');
    }
    out
}

/// English word, its translation, and whether it is of the second gender.
type Entry = (&'static str, &'static str, bool);

const NOUNS: [Entry; 16] = [
    ("man", "belo", false),
    ("woman", "mira", true),
    ("dog", "koru", false),
    ("cat", "sana", true),
    ("child", "tivo", false),
    ("bird", "lera", true),
    ("horse", "drano", false),
    ("girl", "fila", true),
    ("boy", "pelo", false),
    ("ball", "runda", true),
    ("house", "casko", false),
    ("tree", "arba", true),
    ("boat", "navo", false),
    ("hat", "kapa", true),
    ("book", "libro", false),
    ("street", "vela", true),
];
const ADJECTIVES: [(&str, &str); 10] = [
    ("small", "nin"),
    ("big", "gor"),
    ("red", "rus"),
    ("old", "vet"),
    ("young", "jun"),
    ("white", "bal"),
    ("blue", "zul"),
    ("wet", "mok"),
    ("happy", "gaj"),
    ("quick", "sut"),
];
const VERBS: [(&str, &str); 10] = [
    ("sees", "vidar"),
    ("carries", "portar"),
    ("follows", "sekvar"),
    ("paints", "pintar"),
    ("finds", "trovar"),
    ("holds", "tenar"),
    ("loves", "amar"),
    ("washes", "lavar"),
    ("throws", "jetar"),
    ("sells", "vendar"),
];
const PLACES: [(&str, &str); 6] = [
    ("in the rain", "lu pluvi"),
    ("on the beach", "su plaji"),
    ("at night", "a noti"),
    ("in a park", "lu parki"),
    ("near the river", "pre rivi"),
    ("in the snow", "lu nevi"),
];

/// Different sentences with their translation: adjectives stand behind their noun and take its ending, the verb stands at
/// the end, and the place comes first.
pub(super) fn pairs(count: usize) -> Vec<(String, String)> {
    let mut rng = ChaCha8Rng::seed_from_u64(620);
    distinct(count, || {
        let (subject, subject_there) = noun_phrase(&mut rng);
        let (object, object_there) = noun_phrase(&mut rng);
        let verb = VERBS[rng.gen_range(0..VERBS.len())];
        let (here, there) = (
            format!("{subject} {} {object}", verb.0),
            format!("{subject_there} {object_there} {}", verb.1),
        );
        if rng.gen_bool(0.5) {
            let place = PLACES[rng.gen_range(0..PLACES.len())];
            (format!("{here} {} .", place.0), format!("{} {there} .", place.1))
        } else {
            (format!("{here} ."), format!("{there} ."))
        }
    })
}

fn noun_phrase(rng: &mut ChaCha8Rng) -> (String, String) {
    let (noun, there, second) = NOUNS[rng.gen_range(0..NOUNS.len())];
    let (article, ending) = if second { ("la", "a") } else { ("lo", "o") };
    if rng.gen_bool(0.5) {
        let (adjective, stem) = ADJECTIVES[rng.gen_range(0..ADJECTIVES.len())];
        (
            format!("the {adjective} {noun}"),
            format!("{article} {there} {stem}{ending}"),
        )
    } else {
        (format!("the {noun}"), format!("{article} {there}"))
    }
}

/// `count` different draws, or as many as are found before it gets tedious.
fn distinct<T: Clone + Eq + std::hash::Hash>(count: usize, mut draw: impl FnMut() -> T) -> Vec<T> {
    let mut seen = HashSet::new();
    let draws = (0..50 * count)
        .map(|_| draw())
        .filter(|drawn| seen.insert(drawn.clone()));
    draws.take(count).collect()
}

fn one<'a>(all: &[&'a str], rng: &mut ChaCha8Rng) -> &'a str {
    all.choose(rng).copied().unwrap_or_default()
}
