//! Byte-pair encoding against the `tokenizers` package. `tests/data/bpe.py` made the values and names its version.

use gradus::Error;
use gradus::data::Bpe;
use gradus_tests::load;
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    texts: Vec<String>,
    size: usize,
    min_count: usize,
    len: usize,
    merges: Vec<(usize, usize)>,
    tests: Vec<String>,
    ids: Vec<Vec<usize>>,
}

#[test]
fn tokens_are_those_of_the_tokenizers_package() {
    let cases: Vec<Case> = load("data/bpe");
    assert_eq!(cases.len(), 7);
    for (number, case) in cases.iter().enumerate() {
        let bpe = Bpe::learn_frequent(&case.texts, case.size, case.min_count).unwrap();
        assert_eq!(bpe.len(), case.len, "case {number}");
        assert_eq!(bpe.merges().collect::<Vec<_>>(), case.merges, "case {number}");
        for (text, ids) in case.tests.iter().zip(&case.ids) {
            assert_eq!(&bpe.encode(text), ids, "case {number}, {text:?}");
            assert_eq!(&bpe.decode(ids).unwrap(), text);
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        bpe.save(file.path()).unwrap();
        assert_eq!(Bpe::load(file.path()).unwrap(), bpe);
    }
}

#[test]
fn bounds_are_no_text() {
    let bpe = Bpe::learn(&["low lower lowest"], 300).unwrap();
    let ids = bpe.encode_bounded("low <eos>");
    assert_eq!((ids[0], *ids.last().unwrap()), (bpe.bos(), bpe.eos()));
    assert!(
        ids[1..ids.len() - 1].iter().all(|id| *id > 3),
        "what the text says is no special token"
    );
    assert_eq!(bpe.decode(&[&ids[..], &[0, 0]].concat()).unwrap(), "low <eos>");
    // Half a character, as a network may write it.
    let ids = bpe.encode("ß");
    assert_eq!(bpe.decode(&ids[..1]).unwrap(), "\u{fffd}");
    assert_eq!(bpe.encode(""), [0_usize; 0]);
}

#[test]
fn what_is_no_encoding_is_refused() {
    let text = Bpe::learn(&["a"], 259).unwrap_err().to_string();
    assert!(text.contains("at least 260"), "{text}");
    let bpe = Bpe::learn(&["a"], 260).unwrap();
    assert!(bpe.is_empty() && bpe.len() == 260);
    assert!(bpe.decode(&[260]).unwrap_err().to_string().contains("below 260"));
    let file = tempfile::NamedTempFile::new().unwrap();
    for (content, part) in [
        ("something\n", "line 1"),
        ("gradus byte pairs 1\n10 11\n12\n", "line 3"),
        ("gradus byte pairs 1\n10 260\n", "lines above"),
        ("gradus byte pairs 1\n0 10\n", "lines above"),
    ] {
        std::fs::write(file.path(), content).unwrap();
        let error = Bpe::load(file.path()).unwrap_err();
        assert!(
            matches!(error, Error::File { .. }) && error.to_string().contains(part),
            "{error}"
        );
    }
}

proptest! {
    /// Whatever was learned, a text comes back exactly.
    #[test]
    fn every_text_comes_back(learned in "[a-d ]{0,80}", text in "\\PC{0,40}|[a-d \\t\\r\\n.,!é東]{0,40}", size in 260_usize..300) {
        let bpe = Bpe::learn(&[&learned, &text], size).unwrap();
        prop_assert!(bpe.len() <= size);
        let ids = bpe.encode(&text);
        prop_assert!(ids.iter().all(|id| (4..bpe.len()).contains(id)));
        prop_assert_eq!(bpe.decode(&ids).unwrap(), text.clone());
        prop_assert_eq!(bpe.pieces(&text).unwrap().len(), ids.len());
        prop_assert!(ids.len() <= text.len());
    }
}
