//! Tokens, vocabularies and texts with a class.

use std::collections::BTreeSet;

use gradus::Error;
use gradus::data::text::{Texts, UNKNOWN, Vocabulary, characters, words};
use gradus::data::{PAD, first_names, surnames};
use proptest::prelude::*;

use crate::mnist::here;

#[test]
fn words_are_cut_by_the_rule() {
    let cases: [(&str, &[&str]); 8] = [
        ("Two young, White males.", &["Two", "young", ",", "White", "males", "."]),
        (
            "it's so well-known - isn’t it?",
            &["it's", "so", "well-known", "-", "isn’t", "it", "?"],
        ),
        (
            "3.5 or 10,000; 7. a.b",
            &["3.5", "or", "10,000", ";", "7", ".", "a", ".", "b"],
        ),
        ("'quoted' --- ...", &["'", "quoted", "'", "-", "-", "-", ".", ".", "."]),
        (
            "Zwei weiße Männer\u{a0}im\tFreien",
            &["Zwei", "weiße", "Männer", "im", "Freien"],
        ),
        ("cafe\u{301}s 東京 привет", &["cafe\u{301}s", "東京", "привет"]),
        ("👍👍 e-", &["👍", "👍", "e", "-"]),
        (" \n\t", &[]),
    ];
    for (text, expected) in cases {
        assert_eq!(words(text), expected, "{text:?}");
    }
}

#[test]
fn ids_go_by_frequency_after_the_special_tokens() {
    let text = "b a c a b a d";
    let vocabulary = Vocabulary::new(words(text)).unwrap();
    assert_eq!(vocabulary.tokens(), ["<pad>", "<unk>", "a", "b", "c", "d"]);
    assert_eq!((PAD, UNKNOWN, vocabulary.first_word(), vocabulary.len()), (0, 1, 2, 6));
    assert_eq!(vocabulary.encode(["d", "z", "a"]), [5, UNKNOWN, 2]);
    assert_eq!(vocabulary.decode(&[0, 1, 3]).unwrap(), ["<pad>", "<unk>", "b"]);
    assert_eq!((vocabulary.bos(), vocabulary.eos()), (None, None));
    assert!((vocabulary.coverage(["a", "z", "b", "y"]) - 0.5).abs() < 1e-12);

    let limited = Vocabulary::builder().min_count(2).build(words(text)).unwrap();
    assert_eq!(limited.tokens()[2..], ["a", "b"]);
    let limited = Vocabulary::builder().max_size(5).bounds().build(words(text)).unwrap();
    assert_eq!(limited.tokens(), ["<pad>", "<unk>", "<bos>", "<eos>", "a"]);
    assert_eq!(
        (limited.bos(), limited.eos(), limited.first_word()),
        (Some(2), Some(3), 4)
    );
    let ids = limited.encode_bounded(["a", "b"]).unwrap();
    assert_eq!(ids, [2, 4, 1, 3]);
    assert_eq!(limited.text(&[&ids[..], &[PAD, PAD]].concat(), " ").unwrap(), "a <unk>");
}

#[test]
fn names_of_special_tokens_in_a_text_are_those_tokens() {
    let vocabulary = Vocabulary::new(["<unk>", "the", "<pad>", "", "the"]).unwrap();
    assert_eq!(vocabulary.tokens(), ["<pad>", "<unk>", "the"]);
    assert_eq!(vocabulary.encode(["<unk>", "<pad>"]), [UNKNOWN, PAD]);
    // Without bounds, <bos> is a word like others.
    assert_eq!(Vocabulary::new(["<bos>"]).unwrap().id("<bos>"), 2);
}

#[test]
fn what_makes_no_vocabulary_is_refused() {
    let refused = |result: gradus::Result<Vocabulary>, part: &str| {
        let text = result.expect_err(part).to_string();
        assert!(text.contains(part), "{text}");
    };
    refused(Vocabulary::new(Vec::<String>::new()), "at least one token");
    refused(Vocabulary::builder().min_count(3).build(["a", "a"]), "not 3");
    refused(Vocabulary::builder().max_size(2).build(["a", "a"]), "above 2");
    refused(Vocabulary::builder().bounds().max_size(4).build(["a"]), "above 4");
    let vocabulary = Vocabulary::new(["a"]).unwrap();
    let text = vocabulary.decode(&[2, 7]).unwrap_err().to_string();
    assert!(text.contains("position 1") && text.contains("below 3"), "{text}");
    assert!(vocabulary.token(3).is_err());
    let text = vocabulary.encode_bounded(["a"]).unwrap_err().to_string();
    assert!(text.contains("bounds()"), "{text}");
}

#[test]
fn a_vocabulary_is_a_plain_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("letters.txt");
    let odd = ["\n", "\r", "\\", "\\n", " ", "\u{2028}", "ß", "<eos>"];
    for bounds in [false, true] {
        let builder = Vocabulary::builder();
        let builder = if bounds { builder.bounds() } else { builder };
        let vocabulary = builder.build(odd).unwrap();
        vocabulary.save(&path).unwrap();
        assert_eq!(Vocabulary::load(&path).unwrap(), vocabulary);
    }
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        text.starts_with("gradus vocabulary 1\n<pad>\n<unk>\n<bos>\n<eos>\n\\n\n"),
        "{text}"
    );

    let title = "gradus vocabulary 1\n<pad>\n<unk>\n";
    for (content, part) in [
        ("a\nb\n".to_string(), "line 1"),
        ("gradus vocabulary 1\na\nb\n".to_string(), "lines 2 and 3"),
        (format!("{title}a\na\n"), "line 5"),
        (format!("{title}a\n\nb\n"), "line 5"),
        (format!("{title}\\x\n"), "line 4"),
    ] {
        std::fs::write(&path, content).unwrap();
        let error = Vocabulary::load(&path).unwrap_err();
        assert!(
            matches!(error, Error::File { .. }) && error.to_string().contains(part),
            "{error}"
        );
    }
    std::fs::write(&path, b"gradus\xff").unwrap();
    assert!(Vocabulary::load(&path).unwrap_err().to_string().contains("byte 6"));
    assert!(matches!(
        Vocabulary::load(folder.path().join("none")).unwrap_err(),
        Error::Io { .. }
    ));
}

proptest! {
    /// Nothing of a text is lost between its characters, their ids and back, nor in the file.
    #[test]
    fn characters_come_back(text in "\\PC{1,60}|[a-c\\n\\r\\\\ <>]{1,40}") {
        let vocabulary = Vocabulary::new(characters(&text)).unwrap();
        let ids = vocabulary.encode(characters(&text));
        prop_assert!(ids.iter().all(|id| (2..vocabulary.len()).contains(id)));
        prop_assert_eq!(vocabulary.decode(&ids).unwrap().concat(), text.clone());
        prop_assert_eq!(vocabulary.text(&ids, "").unwrap(), text);
        let file = tempfile::NamedTempFile::new().unwrap();
        vocabulary.save(file.path()).unwrap();
        prop_assert_eq!(Vocabulary::load(file.path()).unwrap(), vocabulary);
    }

    /// Words lose spaces and nothing else.
    #[test]
    fn words_keep_all_but_spaces(text in "\\PC{0,60}|[a-c1-3'.,\\- \\n]{0,40}") {
        let solid: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        prop_assert_eq!(words(&text).concat(), solid);
        prop_assert!(words(&text).iter().all(|word| !word.is_empty()));
    }
}

fn numbered(counts: &[usize]) -> Texts {
    let labels: Vec<usize> = counts
        .iter()
        .enumerate()
        .flat_map(|(class, n)| vec![class; *n])
        .collect();
    let texts = (0..labels.len()).map(|i| i.to_string()).collect();
    Texts::new(texts, labels, &["x", "y", "z"][..counts.len()]).unwrap()
}

#[test]
fn a_split_divides_every_class() {
    let texts = numbered(&[40, 10, 1]).named("numbers");
    let (train, test) = texts.split(0.8, 3).unwrap();
    assert_eq!(
        (train.class_counts(), test.class_counts()),
        (vec![32, 8, 1], vec![8, 2, 0])
    );
    assert_eq!(
        (train.name(), test.name()),
        ("numbers, training set", "numbers, test set")
    );
    let all: BTreeSet<&String> = train.texts().iter().chain(test.texts()).collect();
    assert_eq!(all.len(), 51, "no text is lost, none is in both");
    for part in [&train, &test] {
        for (text, label) in part.texts().iter().zip(part.labels()) {
            assert_eq!(texts.labels()[text.parse::<usize>().unwrap()], *label);
        }
    }
    assert_eq!(texts.split(0.8, 3).unwrap().0, train, "the seed alone decides");
    assert_ne!(texts.split(0.8, 4).unwrap().0, train);
    // Two of a class are divided, whatever the fraction.
    assert_eq!(numbered(&[2, 98]).split(0.99, 0).unwrap().1.class_counts(), [1, 1]);
}

#[test]
fn texts_that_do_not_fit_are_refused() {
    let refused = |result: gradus::Result<Texts>, part: &str| {
        let text = result.expect_err(part).to_string();
        assert!(text.contains(part), "{text}");
    };
    refused(Texts::new(vec!["a".into()], vec![], &["x"]), "1 labels");
    refused(Texts::new(vec!["a".into()], vec![1], &["x"]), "label of text 0");
    for fraction in [0.0, 1.0, f64::NAN, 0.001] {
        assert!(numbered(&[20]).split(fraction, 0).is_err(), "{fraction}");
    }
    let text = numbered(&[1, 1]).split(0.5, 0).unwrap_err().to_string();
    assert!(text.contains("at least two"), "{text}");
}

#[test]
fn the_surnames_are_those_of_the_tutorial() {
    if !here("surnames") {
        return;
    }
    let names = surnames().unwrap();
    assert_eq!(
        (names.name(), names.len(), names.class_names().len()),
        ("Surnames", 18_012, 18)
    );
    let counts = names.class_counts();
    assert_eq!((counts[0], counts[14], counts[17]), (108, 9340, 71));
    assert_eq!(names.class_names()[14], "Russian");
    assert_eq!((names.texts()[0].as_str(), names.labels()[0]), ("Khoury", 0));
    assert!(names.texts().iter().all(|name| name.trim() == name && !name.is_empty()));
    assert!(names.texts().iter().any(|name| name == "Zuñiga"), "UTF-8");
}

#[test]
fn the_first_names_are_those_of_makemore() {
    if !here("first-names") {
        return;
    }
    let names = first_names().unwrap();
    assert_eq!((names.len(), names[0].as_str()), (29_494, "emma"));
    let letters = Vocabulary::new(names.iter().flat_map(|name| characters(name))).unwrap();
    assert_eq!(letters.len(), 2 + 26);
}
