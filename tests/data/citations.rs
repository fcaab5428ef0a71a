//! Cora, where `GRADUS_DATA` names a folder that has it: against the text form of the same files.

use std::path::PathBuf;

use gradus::data::cora;

use crate::mnist::here;

#[test]
fn cora_is_the_cora_of_the_papers() {
    if !here("cora-raw") {
        return;
    }
    let cora = cora().unwrap();
    assert_eq!((cora.graph.nodes(), cora.graph.edges().len()), (2708, 2 * 5278));
    assert_eq!((cora.train.len(), cora.valid.len(), cora.test.len()), (140, 500, 1000));
    assert_eq!((cora.features.shape(), cora.features.entries()), ((2708, 1433), 49_216));
    let of_class = |class| cora.labels.iter().filter(|label| **label == class).count();
    assert_eq!([0, 1, 2, 3, 4, 5, 6].map(of_class), [351, 217, 418, 818, 426, 298, 180]);
    let Some(root) = std::env::var_os("GRADUS_DATA").map(PathBuf::from) else {
        return;
    };
    let text = |file: &str| std::fs::read_to_string(root.join("graph/cora").join(file)).ok();
    let (Some(edges), Some(labels), Some(words)) = (text("edges.csv"), text("labels.csv"), text("features.txt")) else {
        println!("SKIPPED: the text form of Cora is not there");
        return;
    };
    let ours: Vec<String> = cora
        .graph
        .edges()
        .iter()
        .filter(|(a, b)| a < b)
        .map(|(a, b)| format!("{a},{b}"))
        .collect();
    let mut theirs: Vec<String> = edges.lines().skip(1).map(String::from).collect();
    let mut sorted = ours;
    sorted.sort();
    theirs.sort();
    assert_eq!(sorted, theirs);
    for (paper, (label, words)) in labels.lines().skip(1).zip(words.lines()).enumerate() {
        let split = [(&cora.train, "train"), (&cora.valid, "val"), (&cora.test, "test")];
        let split = split
            .iter()
            .find(|(part, _)| part.contains(&paper))
            .map_or("none", |(_, name)| name);
        assert_eq!(
            label.split(',').collect::<Vec<_>>()[..2],
            [paper.to_string(), cora.labels[paper].to_string()]
        );
        assert!(label.ends_with(split), "{label} against {split}");
        let own: Vec<String> = cora.features.row(paper).0.iter().map(u32::to_string).collect();
        assert_eq!(own.join(" "), words, "words of paper {paper}");
    }
}
