//! Which letters the font of pictures has, by its own table, and what is drawn for the others.
//!
//! A letter that a font lacks leaves an empty place, which nobody notices. It is drawn as � here, and names with such letters
//! are replaced by their numbers where there are any.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use super::typeface::REGULAR;

/// Drawn for a letter that is not there.
const REPLACEMENT: char = '\u{fffd}';
/// More names than this in a notice are not read.
const NAMED: usize = 12;

/// Whether the font has the letter.
fn has(letter: char) -> bool {
    static LETTERS: OnceLock<BTreeSet<u16>> = OnceLock::new();
    // A table that cannot be read would make everything �: then nothing is said to be missing.
    let letters = LETTERS.get_or_init(|| table(REGULAR).unwrap_or_default());
    letters.is_empty() || u16::try_from(u32::from(letter)).is_ok_and(|code| letters.contains(&code))
}

/// Letters that are not seen: joiners, marks of direction, selectors of variants.
fn unseen(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
        || matches!(letter, '\u{fe00}'..='\u{fe0f}')
}

/// The letters of a text that the font lacks.
pub(crate) fn lacking(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().filter(|&c| !c.is_control() && !unseen(c) && !has(c))
}

/// The text as it can be drawn: � for letters that are not there, nothing for those that are not seen.
pub(crate) fn drawable(text: &str) -> String {
    let seen = text.chars().filter(|&c| !unseen(c));
    seen.map(|c| if c.is_control() || has(c) { c } else { REPLACEMENT })
        .collect()
}

/// Names of classes as a picture can show them: the number of the class, as `number` writes it, in the place of a name that
/// the font cannot write; and what to say of them, if there are any.
pub(crate) fn legible(names: &[String], number: impl Fn(usize) -> String) -> (Vec<String>, Option<String>) {
    let odd: Vec<usize> = (0..names.len())
        .filter(|&i| lacking(&names[i]).next().is_some())
        .collect();
    if odd.is_empty() {
        return (names.to_vec(), None);
    }
    let mut shown = names.to_vec();
    odd.iter().for_each(|&i| shown[i] = number(i));
    let all: Vec<String> = odd
        .iter()
        .take(NAMED)
        .map(|&i| format!("{} = {}", number(i), names[i]))
        .collect();
    let more = if odd.len() > NAMED { ", …" } else { "" };
    let note = format!(
        "The font of pictures lacks letters of some names, whose numbers stand for them: {}{more}",
        all.join(", ")
    );
    (shown, Some(note))
}

/// The codes that a TrueType font has glyphs for: its `cmap` table, format 4 (Apple, *TrueType Reference Manual*).
fn table(font: &[u8]) -> Option<BTreeSet<u16>> {
    let u16_at = |at: usize| Some(u16::from_be_bytes([*font.get(at)?, *font.get(at + 1)?]));
    let u32_at = |at: usize| Some(usize::from(u16_at(at)?) << 16 | usize::from(u16_at(at + 2)?));
    let tables = usize::from(u16_at(4)?);
    let cmap = (0..tables)
        .map(|i| 12 + 16 * i)
        .find(|&at| font.get(at..at + 4) == Some(b"cmap"))?;
    let cmap = u32_at(cmap + 8)?;
    let parts = usize::from(u16_at(cmap + 2)?);
    let part = (0..parts)
        .filter_map(|i| Some(cmap + u32_at(cmap + 4 + 8 * i + 4)?))
        .find(|&at| u16_at(at) == Some(4))?;
    let twice = usize::from(u16_at(part + 6)?);
    let mut codes = BTreeSet::new();
    for i in (0..twice).step_by(2) {
        let (end, start) = (u16_at(part + 14 + i)?, u16_at(part + 16 + twice + i)?);
        let delta = u16_at(part + 16 + 2 * twice + i)?;
        let offset_at = part + 16 + 3 * twice + i;
        let offset = usize::from(u16_at(offset_at)?);
        for code in start..=end {
            let glyph = match offset {
                0 => code.wrapping_add(delta),
                _ => match u16_at(offset_at + offset + 2 * usize::from(code - start))? {
                    0 => 0,
                    glyph => glyph.wrapping_add(delta),
                },
            };
            if glyph != 0 && code != u16::MAX {
                codes.insert(code);
            }
        }
    }
    Some(codes)
}

#[cfg(test)]
mod tests {
    use super::super::typeface::BOLD;
    use super::*;

    #[test]
    fn the_font_says_what_it_has() {
        for bytes in [REGULAR, BOLD] {
            let codes = table(bytes).expect("a table");
            assert!((600..1000).contains(&codes.len()), "{}", codes.len());
        }
        for (text, missing) in [
            ("naïve façade, x₂ ≤ −1 → ✓", ""),
            ("Київ Ўзбекистон Ёж", ""),
            ("Đường phố Việt Nam", ""),
            ("Ελληνικά, άέή", ""),
            ("猫 cat", "猫"),
            ("ねこ", "ねこ"),
            ("고양이", "고양이"),
            ("קפה", "קפה"),
            ("🐱", "🐱"),
            ("e\u{200b}\u{fe0f}", ""),
        ] {
            assert_eq!(lacking(text).collect::<String>(), missing, "{text}");
        }
        assert_eq!(drawable("猫 cat\u{200b}"), "\u{fffd} cat");
        assert_eq!(table(b"no font"), None);
    }

    #[test]
    fn numbers_stand_for_names_that_cannot_be_written() {
        let names = ["cat", "犬", "лиса"].map(String::from);
        let (shown, note) = legible(&names, |i| format!("class {i}"));
        assert_eq!(shown, ["cat", "class 1", "лиса"]);
        assert!(note.expect("a note").ends_with("class 1 = 犬"));
        assert_eq!(legible(&names[..1], |i| i.to_string()), (vec!["cat".to_string()], None));
    }
}
