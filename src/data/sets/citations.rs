//! Papers that cite each other.

use std::path::Path;

use gradus_data::Cache;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::fetched::{fetch, notice, read, read_text};
use super::pickle::{self, Value};
use crate::graph::{Graph, SparseMatrix};
use crate::{Error, Result};

const CLASSES: [&str; 7] = [
    "theory",
    "reinforcement learning",
    "genetic algorithms",
    "neural networks",
    "probabilistic methods",
    "case-based",
    "rule learning",
];
/// Words that a paper may hold.
const WORDS: usize = 1433;
/// Papers by which a network is chosen, and by which it is judged.
const VALID: usize = 500;
const TEST: usize = 1000;

/// Papers, who cites whom, the words in them, and their subjects.
#[derive(Clone, Debug)]
pub struct Citations {
    /// `"Cora"`, or what stands in for it.
    pub name: String,
    /// An edge between two papers of which one cites the other.
    pub graph: Graph,
    /// A 1 for each word that is in a paper: `(papers, words)`.
    pub features: SparseMatrix,
    /// The subject of each paper, as a number.
    pub labels: Vec<usize>,
    /// What the subjects are called.
    pub classes: Vec<String>,
    /// Papers whose subject a network may learn from.
    pub train: Vec<usize>,
    /// Papers by which to choose between networks.
    pub valid: Vec<usize>,
    /// Papers by which the chosen one is judged.
    pub test: Vec<usize>,
}

/// Cora: 2708 papers on machine learning of 7 subjects, 5278 pairs of which one cites the other, and which of 1433 words are in
/// each; with the split that papers on graph networks share: 140 to learn from, 20 of each subject, 500 to choose by and 1000 to
/// be judged by.
///
/// McCallum et al. 2000; Sen et al. 2008, *Collective classification in network data*; the split: Yang, Cohen & Salakhutdinov
/// 2016, arXiv:1603.08861, in the repository `kimiyoung/planetoid` (MIT). From the cache if it is there, else downloaded; where
/// that fails too, a graph of 2000 papers that the project draws, with a notice that says why. PyTorch Geometric:
/// `Planetoid(root, "Cora")`. Taught in notebook 20.
///
/// # Errors
/// [`Error::File`] where a file is there but is not what Planetoid's are.
pub fn cora() -> Result<Citations> {
    load(Cache::from_env())
}

fn load(cache: gradus_data::Result<Cache>) -> Result<Citations> {
    match fetch(cache, "cora-raw") {
        Ok(folder) => of_folder(&folder),
        Err(reason) => {
            let made = made_up()?;
            let instead = format!("{} papers", made.labels.len());
            println!("{}", notice("cora-raw", "The papers of Cora", &instead, &reason));
            Ok(made)
        }
    }
}

fn wrong(path: &Path, expected: &str, got: String) -> Error {
    Error::File {
        path: path.into(),
        expected: expected.into(),
        got,
        hint: "Delete it, so that it is fetched again.".into(),
    }
}

/// Planetoid's files: what is known of all papers but those of the test, of those, and the neighbours of each.
fn of_folder(folder: &Path) -> Result<Citations> {
    let open = |part: &str| -> Result<Value> {
        let path = folder.join(format!("ind.cora.{part}"));
        pickle::read(&read(&path)?).map_err(|got| wrong(&path, "a pickle of Python 2 as Planetoid's are", got))
    };
    let shape = |part: &str, expected: &str| {
        wrong(
            &folder.join(format!("ind.cora.{part}")),
            expected,
            "something else".into(),
        )
    };
    let places = places(&folder.join("ind.cora.test.index"))?;
    let words = |part: &str| words(&open(part)?).ok_or_else(|| shape(part, "a sparse matrix of SciPy's"));
    let subjects =
        |part: &str| subjects(&open(part)?).ok_or_else(|| shape(part, "a row with a single 1 for each paper"));
    let (mut rows, mut labels) = (words("allx")?, subjects("ally")?);
    let (test_rows, test_labels, train) = (words("tx")?, subjects("ty")?, subjects("y")?.len());
    let papers = rows.len() + test_rows.len();
    let in_order =
        rows.len() == labels.len() && test_rows.len() == test_labels.len() && test_rows.len() == places.len();
    let mut sorted = places.clone();
    sorted.sort_unstable();
    if !in_order || !sorted.iter().copied().eq(rows.len()..papers) || train + VALID > rows.len() {
        return Err(shape(
            "test.index",
            "a place behind the other papers for each of the test",
        ));
    }
    rows.resize(papers, Vec::new());
    labels.resize(papers, 0);
    for ((place, row), label) in places.iter().zip(test_rows).zip(test_labels) {
        (rows[*place], labels[*place]) = (row, label);
    }
    let edges = edges(&open("graph")?).ok_or_else(|| shape("graph", "a list of neighbours for each paper"))?;
    Ok(Citations {
        name: "Cora".into(),
        graph: Graph::undirected(papers, &edges)?,
        features: matrix(&rows)?,
        labels,
        classes: CLASSES.map(String::from).to_vec(),
        train: (0..train).collect(),
        valid: (train..train + VALID).collect(),
        test: sorted,
    })
}

/// The place of each paper of the test, one a line.
fn places(path: &Path) -> Result<Vec<usize>> {
    let number = |line: &str| {
        let number = line.trim().parse();
        number.map_err(|_| wrong(path, "the number of a paper in each line", format!("{line:?}")))
    };
    read_text(path)?.lines().map(number).collect()
}

/// The words in each paper, from a sparse matrix of SciPy's.
fn words(matrix: &Value) -> Option<Vec<Vec<usize>>> {
    let (starts, words) = (matrix.under("indptr")?.array()?.1, matrix.under("indices")?.array()?.1);
    let of = |pair: &[f64]| {
        let row = words.get(pair[0] as usize..pair[1] as usize)?;
        Some(row.iter().map(|word| *word as usize).collect())
    };
    starts.windows(2).map(of).collect()
}

/// The subject of each paper, from rows with a 1 at its place.
fn subjects(rows: &Value) -> Option<Vec<usize>> {
    let (sizes, numbers) = rows.array()?;
    if sizes.len() != 2 || sizes[1] != CLASSES.len() {
        return None;
    }
    numbers
        .chunks(sizes[1])
        .map(|row| row.iter().position(|x| *x == 1.0))
        .collect()
}

fn edges(neighbors: &Value) -> Option<Vec<(usize, usize)>> {
    let Value::Table(table) = neighbors else { return None };
    let mut edges = Vec::new();
    for (paper, others) in table {
        for other in others.items()? {
            edges.push((paper.number()?, other.number()?));
        }
    }
    Some(edges)
}

fn matrix(rows: &[Vec<usize>]) -> Result<SparseMatrix> {
    let of = |(paper, row): (usize, &Vec<usize>)| row.iter().map(move |word| (paper, *word, 1.0)).collect::<Vec<_>>();
    let entries: Vec<_> = rows.iter().enumerate().flat_map(of).collect();
    SparseMatrix::new(rows.len(), WORDS, &entries)
}

/// A graph whose papers mostly cite their own subject, and whose words tell a little of it: a planted partition.
fn made_up() -> Result<Citations> {
    const PAPERS: usize = 2000;
    let mut rng = ChaCha8Rng::seed_from_u64(720);
    let mut labels: Vec<usize> = (0..PAPERS).map(|paper| paper % CLASSES.len()).collect();
    labels[140..].shuffle(&mut rng);
    let of_subject = |subject: usize| {
        (0..PAPERS)
            .filter(|paper| labels[*paper] == subject)
            .collect::<Vec<_>>()
    };
    let subjects: Vec<Vec<usize>> = (0..CLASSES.len()).map(of_subject).collect();
    let (mut edges, mut rows) = (Vec::new(), Vec::new());
    for paper in 0..PAPERS {
        for _ in 0..2 {
            let own = &subjects[labels[paper]];
            let other = if rng.gen_bool(0.75) {
                own[rng.gen_range(0..own.len())]
            } else {
                rng.gen_range(0..PAPERS)
            };
            if other != paper {
                edges.push((paper, other));
            }
        }
        let mut words: Vec<usize> = (0..18)
            .map(|_| match rng.gen_bool(0.25) {
                true => labels[paper] * 100 + rng.gen_range(0..100),
                false => rng.gen_range(0..WORDS),
            })
            .collect();
        words.sort_unstable();
        words.dedup();
        rows.push(words);
    }
    Ok(Citations {
        name: "Citations, made up".into(),
        graph: Graph::undirected(PAPERS, &edges)?,
        features: matrix(&rows)?,
        labels,
        classes: CLASSES.map(String::from).to_vec(),
        train: (0..140).collect(),
        valid: (140..140 + VALID).collect(),
        test: (PAPERS - TEST..PAPERS).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_papers_stand_in() {
        let nowhere = || Ok(Cache::at(tempfile::tempdir().unwrap().path()).offline(true));
        let papers = load(nowhere()).unwrap();
        assert_eq!(
            papers.features,
            load(nowhere()).unwrap().features,
            "the same every time"
        );
        assert_eq!(papers.features.shape(), (2000, WORDS));
        assert!((0..7).all(|class| papers.train.iter().filter(|i| papers.labels[**i] == class).count() == 20));
        let edges = papers.graph.edges();
        let same = edges
            .iter()
            .filter(|(a, b)| papers.labels[*a] == papers.labels[*b])
            .count();
        assert!(
            (0.7..0.85).contains(&(same as f64 / edges.len() as f64)),
            "{same} of {}",
            edges.len()
        );
    }

    #[test]
    fn files_that_are_something_else_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |part: &str, bytes: &[u8]| std::fs::write(folder.path().join(format!("ind.cora.{part}")), bytes).unwrap();
        write("test.index", b"3\nx\n");
        let error = of_folder(folder.path()).unwrap_err().to_string();
        assert!(error.contains("test.index") && error.contains("\"x\""), "{error}");
        write("test.index", b"3\n");
        write("allx", b"\x80\x02K");
        let error = of_folder(folder.path()).unwrap_err().to_string();
        assert!(
            error.contains("ind.cora.allx") && error.contains("end of the file"),
            "{error}"
        );
        write("allx", b"\x80\x02K\x01.");
        let error = of_folder(folder.path()).unwrap_err().to_string();
        assert!(error.contains("a sparse matrix of SciPy's"), "{error}");
    }
}
