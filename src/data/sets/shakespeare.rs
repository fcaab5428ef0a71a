//! Plays to learn letters from.

use gradus_data::Cache;

use super::fetched::{fetch, notice, read_text};
use super::made_up_texts;
use crate::Result;

/// One and a tenth million characters of Shakespeare's plays, speech after speech: the text for networks that write letter by
/// letter.
///
/// A. Karpathy, *char-rnn* (the plays are in the public domain). From the cache if it is there, else downloaded; where that
/// fails too, scenes that the project made up, with a notice that says why. Taught in notebook 15.
///
/// # Errors
/// [`Error::File`](crate::Error::File) where the file is there but is no text in UTF-8.
pub fn tiny_shakespeare() -> Result<String> {
    load(Cache::from_env())
}

fn load(cache: gradus_data::Result<Cache>) -> Result<String> {
    match fetch(cache, "tiny-shakespeare") {
        Ok(folder) => read_text(&folder.join("tinyshakespeare.txt")),
        Err(reason) => {
            let text = made_up_texts::scenes();
            let instead = format!("{} characters of scenes", text.len());
            println!(
                "{}",
                notice("tiny-shakespeare", "Shakespeare's plays", &instead, &reason)
            );
            Ok(text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_scenes_stand_in() {
        let nowhere = || Ok(Cache::at(tempfile::tempdir().unwrap().path()).offline(true));
        let text = load(nowhere()).unwrap();
        assert_eq!(text, load(nowhere()).unwrap(), "the same every time");
        assert!((100_000..200_000).contains(&text.len()), "{}", text.len());
        assert!(text.contains(":\n") && text.ends_with('\n'), "{}", &text[..200]);
    }
}
