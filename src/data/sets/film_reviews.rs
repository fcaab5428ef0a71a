//! Sentences of film reviews that praise or pan, and made-up ones in their place.

use gradus_data::Cache;

use super::fetched::{fetch, notice, read};
use super::made_up_texts;
use crate::Result;
use crate::data::text::Texts;

const CLASSES: [&str; 2] = ["negative", "positive"];

/// 10 662 sentences of film reviews in English, half of them `negative` (class 0), half `positive` (class 1). They are cut
/// already: small letters, and a space before every sign.
///
/// Pang and Lee, *Seeing stars*, 2005 (no licence is stated: fetched, never part of this project). From the cache if they are
/// there, else downloaded; where that fails too, sentences that the project made up, with a notice that says why. Taught in
/// notebook 14.
///
/// # Errors
/// [`Error::Io`](crate::Error::Io) where a file is there but cannot be read.
pub fn film_reviews() -> Result<Texts> {
    load(Cache::from_env())
}

fn load(cache: gradus_data::Result<Cache>) -> Result<Texts> {
    let (mut texts, mut labels) = (Vec::new(), Vec::new());
    match fetch(cache, "movie-reviews") {
        Ok(folder) => {
            for (label, file) in ["rt-polarity.neg", "rt-polarity.pos"].into_iter().enumerate() {
                let text = from_cp1252(&read(&folder.join(file))?);
                // Only `\n` ends a line here.
                let lines = text.split('\n').map(str::trim).filter(|line| !line.is_empty());
                texts.extend(lines.map(str::to_string));
                labels.resize(texts.len(), label);
            }
            Ok(Texts::new(texts, labels, &CLASSES)?.named("Film reviews"))
        }
        Err(reason) => {
            for label in 0..CLASSES.len() {
                texts.extend(made_up_texts::reviews(label == 1));
                labels.resize(texts.len(), label);
            }
            let instead = format!("{} sentences", texts.len());
            println!("{}", notice("movie-reviews", "The film reviews", &instead, &reason));
            Ok(Texts::new(texts, labels, &CLASSES)?.named("Film reviews, made up"))
        }
    }
}

/// Windows code page 1252: Latin-1, but for 32 places, as the WHATWG's encoding standard has it.
fn from_cp1252(bytes: &[u8]) -> String {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    let decode = |byte: &u8| match byte {
        0x80..=0x9f => HIGH[usize::from(byte - 0x80)],
        _ => char::from(*byte),
    };
    bytes.iter().map(decode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_sentences_stand_in() {
        let nowhere = || Ok(Cache::at(tempfile::tempdir().unwrap().path()).offline(true));
        let texts = load(nowhere()).unwrap();
        assert_eq!(texts, load(nowhere()).unwrap(), "the same every time");
        assert_eq!(
            (texts.name(), texts.class_counts()),
            ("Film reviews, made up", vec![1000, 1000])
        );
        assert_eq!(texts.class_names(), CLASSES);
    }

    #[test]
    fn the_code_page_is_that_of_windows() {
        assert_eq!(
            from_cp1252(b"na\xefve \x97 \x93caf\xe9\x94 \x80\x81"),
            "naïve — “café” €\u{81}"
        );
    }
}
