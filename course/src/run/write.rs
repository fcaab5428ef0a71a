//! `cargo course run --write`: stores the outputs.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use nbformat::v4::{Cell, KernelSpec, LanguageInfo};
use serde_json::{Value, json};

use super::compare::made;
use super::notebook::Notebook;
use crate::files;
use crate::project::Project;

/// Writes the notebook with its outputs.
pub fn store(project: &Project, notebook: &Notebook) -> Result<()> {
    let value = stored_form(project, notebook)?;
    let mut text = Vec::new();
    let indent = serde_json::ser::PrettyFormatter::with_indent(b" ");
    serde::Serialize::serialize(&value, &mut serde_json::Serializer::with_formatter(&mut text, indent))?;
    text.push(b'\n');
    files::write(&notebook.path, &text)
}

/// The notebook as it is stored: execution counts null, no paths of this machine, but what kind of machine it was.
pub fn stored_form(project: &Project, notebook: &Notebook) -> Result<Value> {
    let mut content = notebook.content.clone();
    content.metadata.kernelspec = Some(KernelSpec {
        display_name: "Rust (gradus)".into(),
        name: "rust".into(),
        language: Some("rust".into()),
        additional: Default::default(),
    });
    content.metadata.language_info = Some(LanguageInfo {
        name: "rust".into(),
        version: None,
        codemirror_mode: Some(nbformat::v4::CodemirrorMode::String("rust".into())),
        additional: [
            ("file_extension".into(), json!(".rs")),
            ("mimetype".into(), json!("text/rust")),
        ]
        .into(),
    });
    content.metadata.additional.insert("gradus".into(), made::metadata());
    content.cells.iter_mut().for_each(tidy);
    let text = nbformat::serialize_notebook(&nbformat::Notebook::V4(content))?;
    let mut value: Value = serde_json::from_str(&text)?;
    let places = places(project);
    for cell in value["cells"].as_array_mut().into_iter().flatten() {
        let shown = cell["source"][0].as_str().unwrap_or_default().trim().to_string();
        // Not `cell["outputs"]`: that would add the key to cells of text.
        let outputs = cell.get_mut("outputs").and_then(Value::as_array_mut);
        for output in outputs.into_iter().flatten() {
            clean(output, &places).with_context(|| format!("{}, cell `{shown}`", notebook.path.display()))?;
        }
    }
    Ok(value)
}

/// Drops what differs from run to run, and stores code line by line.
fn tidy(cell: &mut Cell) {
    let (metadata, source) = match cell {
        Cell::Code {
            metadata,
            source,
            execution_count,
            ..
        } => {
            *execution_count = None;
            (metadata, source)
        }
        Cell::Markdown { metadata, source, .. } | Cell::Raw { metadata, source, .. } => (metadata, source),
    };
    metadata.execution = None;
    metadata.collapsed = None;
    metadata.scrolled = None;
    metadata.jupyter = None;
    metadata
        .additional
        .retain(|name, _| name != "trusted" && name != "ExecuteTime");
    *source = source.concat().split_inclusive('\n').map(str::to_string).collect();
}

/// Folders of this machine and what stands for them, longest first.
fn places(project: &Project) -> Vec<(String, &'static str)> {
    let mut places: Vec<(PathBuf, &str)> = vec![
        (project.root().to_path_buf(), "."),
        (std::env::temp_dir(), "<temporary>"),
    ];
    places.extend(std::env::var_os("GRADUS_DATA").map(|data| (PathBuf::from(data), "<data>")));
    places.extend(std::env::var_os("CARGO_HOME").map(|home| (PathBuf::from(home), "~/.cargo")));
    places.extend(std::env::home_dir().map(|home| (home, "~")));
    let text = places
        .into_iter()
        .map(|(path, sign)| (path.to_string_lossy().into_owned(), sign));
    let mut text: Vec<_> = text.filter(|(path, _)| path.len() > 1).collect();
    text.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
    text
}

/// Cleans one output in place.
fn clean(output: &mut Value, places: &[(String, &'static str)]) -> Result<()> {
    if let Some(count) = output.get_mut("execution_count") {
        *count = Value::Null;
    }
    for key in ["text", "traceback", "evalue"] {
        if let Some(text) = output.get_mut(key) {
            clean_text(text, places)?;
        }
    }
    for (mime, content) in output
        .get_mut("data")
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten()
    {
        // Other media are base64, in which a path cannot be read.
        if mime.starts_with("text/") || mime == "image/svg+xml" || mime.contains("json") {
            clean_text(content, places)?;
        }
    }
    Ok(())
}

fn clean_text(value: &mut Value, places: &[(String, &'static str)]) -> Result<()> {
    match value {
        Value::String(text) => {
            for (path, sign) in places {
                *text = text.replace(path.as_str(), sign);
            }
            let left = ["/home/", "/Users/", "/root/", "/tmp/", ":\\Users\\"]
                .iter()
                .find(|path| text.contains(*path));
            if let Some(left) = left {
                bail!(
                    "an output holds a path of this machine ({left}...), print something else: {}",
                    text.trim()
                );
            }
            Ok(())
        }
        Value::Array(parts) => parts.iter_mut().try_for_each(|part| clean_text(part, places)),
        Value::Object(parts) => parts.values_mut().try_for_each(|part| clean_text(part, places)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(mut output: Value) -> Result<Value> {
        let places = [("/home/ada/gradus".to_string(), "."), ("/home/ada".to_string(), "~")];
        clean(&mut output, &places)?;
        Ok(output)
    }

    #[test]
    fn counts_and_machine_paths_go() -> Result<()> {
        let output = json!({"execution_count": 3, "data": {"text/plain": ["/home/ada/gradus/x and /home/ada/y"]}});
        let expected = json!({"execution_count": null, "data": {"text/plain": ["./x and ~/y"]}});
        assert_eq!(cleaned(output)?, expected);
        Ok(())
    }

    #[test]
    fn unknown_machine_paths_are_refused_but_pictures_are_not_text() {
        assert!(cleaned(json!({"text": ["see /tmp/abc"]})).is_err());
        assert!(cleaned(json!({"traceback": ["at /home/bob/x"]})).is_err());
        assert!(cleaned(json!({"data": {"image/png": "ab/tmp/cd"}})).is_ok());
        assert!(cleaned(json!({"data": {"text/html": "a/tmp/b"}})).is_err());
    }
}
