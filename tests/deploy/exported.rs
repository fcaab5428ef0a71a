//! The files, and what ONNX Runtime makes of them: `exported.py`.

use gradus::deploy::Graph;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::networks::{Case, cases};
use gradus_tests::{close, load};

#[derive(Deserialize)]
struct Golden {
    name: String,
    input: Vec<f32>,
    /// What ONNX Runtime answered, for the graph as it is and for the optimized one.
    scores: [Vec<f32>; 2],
    /// The files that it read.
    sha256: [String; 2],
}

/// The graph as it is, and the optimized one.
fn both(case: &Case) -> [Graph; 2] {
    [case.graph.clone(), case.graph.optimized().expect("optimized").0]
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn graphs_and_onnx_runtime_agree_on_the_files_that_we_write() {
    let golden: Vec<Golden> = load("deploy/exported");
    let cases = cases();
    assert_eq!(golden.len(), cases.len());
    for (golden, case) in golden.iter().zip(&cases) {
        let name = case.name;
        assert_eq!(golden.name, name);
        assert_eq!(golden.input, case.input, "{name}");
        for (i, graph) in both(case).iter().enumerate() {
            close(
                &format!("{name} {i}"),
                &graph.run(&case.input).expect(name),
                &golden.scores[i],
                1e-4,
            );
            let hash = sha256(&graph.to_onnx().expect(name));
            assert_eq!(
                hash, golden.sha256[i],
                "{name} {i}: another file; run tests/deploy/exported.py again"
            );
        }
    }
}

/// Not a test: writes what `exported.py` reads into the folder that `GRADUS_ONNX` names.
#[test]
#[ignore = "writes files for exported.py"]
fn write_files_for_python() {
    let folder = std::path::PathBuf::from(std::env::var("GRADUS_ONNX").expect("GRADUS_ONNX names a folder"));
    let mut list = Vec::new();
    for case in cases() {
        for (i, graph) in both(&case).iter().enumerate() {
            graph
                .save_onnx(folder.join(format!("{}.{i}.onnx", case.name)))
                .expect("written");
        }
        list.push(serde_json::json!({
            "name": case.name,
            "shape": case.graph.sample_shape(),
            "input": case.input,
        }));
    }
    std::fs::write(folder.join("cases.json"), serde_json::to_string(&list).expect("json")).expect("written");
}
