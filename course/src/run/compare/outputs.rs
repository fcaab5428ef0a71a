//! What the cells of a notebook show, and how that of two runs differs.

use std::collections::BTreeMap;

use serde_json::Value;

use super::picture;
use super::text::{self, Numbers};

/// A cell with this tag says something about the machine or the moment.
const VARIES: &str = "varies";
/// How the crate begins the news that data were not there and others took their place.
const NOTICE: &str = "NOTICE:";
/// How it begins the news that a training was cut short.
const CUT: &str = "BUDGET:";
/// And that of a claim that did not hold afterwards.
const NOT_ASSERTED: &str = "NOT ASSERTED:";
/// So many lines of a difference are shown; the others are counted.
const SHOWN: usize = 3;

/// What is compared how.
#[derive(Clone, Copy)]
pub struct Rules {
    /// How numbers are compared.
    pub numbers: Numbers,
    /// Whether the words of the compiler are.
    pub compiler_errors: bool,
}

/// A code cell and what it shows.
pub struct Shown {
    /// Its id.
    pub id: String,
    /// The first line of its code.
    pub first_line: String,
    /// Its text tells something about a machine or a moment.
    pub varies: bool,
    /// What it shows.
    pub outputs: Outputs,
}

/// What a cell shows, by kind; the order in which a stream and a picture arrive is chance.
#[derive(Debug, Default, PartialEq)]
pub struct Outputs {
    /// Text by stream.
    streams: BTreeMap<String, String>,
    /// What the compiler found.
    errors: Vec<String>,
    /// Content by MIME type.
    media: BTreeMap<String, Vec<String>>,
}

/// The code cells of a notebook.
pub fn shown(notebook: &Value) -> Vec<Shown> {
    let cells = notebook["cells"].as_array().into_iter().flatten();
    let cell = |cell: &Value| {
        let source = joined(&cell["source"]);
        let tags = cell["metadata"]["tags"].as_array().into_iter().flatten();
        Shown {
            id: cell["id"].as_str().unwrap_or("a cell").to_string(),
            first_line: source
                .lines()
                .find(|line| !line.trim().is_empty())
                .unwrap_or_default()
                .trim()
                .to_string(),
            varies: tags.into_iter().any(|tag| tag == VARIES),
            outputs: Outputs::read(&cell["outputs"]),
        }
    };
    cells.filter(|cell| cell["cell_type"] == "code").map(cell).collect()
}

impl Shown {
    /// It ran on stand-in data.
    pub fn has_notice(&self) -> bool {
        self.lines_with(NOTICE) > 0
    }

    /// A training in it was cut short.
    pub fn has_cut_training(&self) -> bool {
        self.lines_with(CUT) > 0
    }

    /// So many claims did not hold after that.
    pub fn claims_not_asserted(&self) -> usize {
        self.lines_with(NOT_ASSERTED)
    }

    fn lines_with(&self, start: &str) -> usize {
        let lines = self.outputs.streams.values().flat_map(|text| text.lines());
        lines.filter(|line| line.starts_with(start)).count()
    }
}

impl Outputs {
    fn read(outputs: &Value) -> Self {
        let mut all = Self::default();
        for output in outputs.as_array().into_iter().flatten() {
            match output["output_type"].as_str() {
                Some("stream") => {
                    let name = output["name"].as_str().unwrap_or_default().to_string();
                    all.streams.entry(name).or_default().push_str(&joined(&output["text"]));
                }
                Some("error") => all.errors.push(joined(&output["evalue"])),
                _ => {
                    for (mime, content) in output["data"].as_object().into_iter().flatten() {
                        all.media.entry(mime.clone()).or_default().push(joined(content));
                    }
                }
            }
        }
        all
    }

    /// Names what is there: `standard output, image/png`.
    fn names(&self) -> String {
        let streams = self.streams.keys().cloned();
        let errors = (!self.errors.is_empty()).then(|| format!("{} errors", self.errors.len()));
        let media = self.media.iter().flat_map(|(mime, all)| vec![mime.clone(); all.len()]);
        let names: Vec<String> = streams.chain(errors).chain(media).collect();
        if names.is_empty() {
            "nothing".into()
        } else {
            names.join(", ")
        }
    }

    /// Differences in the kinds of outputs alone.
    pub fn kinds(&self, now: &Self) -> Vec<String> {
        let (old, new) = (self.names(), now.names());
        if old == new {
            Vec::new()
        } else {
            vec![pair("what it shows", &old, &new)]
        }
    }

    /// Differences in what is shown.
    pub fn compare(&self, now: &Self, rules: Rules) -> Vec<String> {
        let mut found = self.kinds(now);
        if !found.is_empty() {
            return found;
        }
        for (name, old) in &self.streams {
            found.extend(texts(name, old, &now.streams[name], rules.numbers));
        }
        if rules.compiler_errors {
            let (old, new) = (self.errors.join("\n"), now.errors.join("\n"));
            found.extend(texts("error", &old, &new, rules.numbers));
        }
        for (mime, old) in &self.media {
            for (old, new) in old.iter().zip(&now.media[mime]) {
                found.extend(media(mime, old, new, rules.numbers));
            }
        }
        found
    }
}

fn media(mime: &str, old: &str, new: &str, numbers: Numbers) -> Option<String> {
    if mime == "text/html" {
        return texts(mime, &picture::without_data(old), &picture::without_data(new), numbers);
    }
    if mime.starts_with("text/") || mime.contains("json") {
        return texts(mime, old, new, numbers);
    }
    let (old, new) = (picture::size(mime, old), picture::size(mime, new));
    let name = |size: Option<String>| size.unwrap_or_else(|| "no size".into());
    (old != new).then(|| pair(&format!("size of {mime}"), &name(old), &name(new)))
}

fn texts(what: &str, old: &str, new: &str, numbers: Numbers) -> Option<String> {
    let lines = text::differences(old, new, numbers);
    let first = lines.first()?;
    let missing = |line: &Option<String>| line.clone().unwrap_or_else(|| "(no such line)".into());
    let show = |line: &text::Line| {
        pair(
            &format!("{what}, line {}", line.number),
            &missing(&line.stored),
            &missing(&line.now),
        )
    };
    let mut text = show(first);
    for line in lines.iter().take(SHOWN).skip(1) {
        text += &format!("\n{}", show(line));
    }
    if lines.len() > SHOWN {
        text += &format!("\n  and {} more lines", lines.len() - SHOWN);
    }
    Some(text)
}

fn pair(what: &str, old: &str, new: &str) -> String {
    format!("{what}\n    stored  {old}\n    now     {new}")
}

/// A text that a notebook stores whole or line by line.
fn joined(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(joined).collect(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
