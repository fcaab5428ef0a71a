//! The plan of the house: which folder of `src/` may import which, and that no two files import each other.
//!
//! The test reads the sources. For every `use` and for every path written out in the code it finds the file that
//! *defines* what is imported: re-exports (`pub use`) are followed, so that it does not matter through which `mod.rs`
//! a name comes. Code for tests (`#[cfg(test)]`), comments and texts do not count. What no path says is not seen: a
//! method that another file adds to a type, for one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Every folder of `src/` (or file, without its `.rs`), from the bottom up, and what it may import: only what stands
/// above it in this table, so that no order of folders could run in a circle.
const PLAN: &[(&str, &[&str])] = &[
    ("error", &[]),
    // Where tensors live; rectangles.
    ("device", &["error"]),
    ("boxes", &["error"]),
    // Watching a network while it works: statistics of its layers, traces of its tensors.
    ("inspect", &["device", "error"]),
    // Operations with their gradients; figures about predictions.
    ("ops", &["inspect", "device", "error"]),
    ("metrics", &["boxes", "error"]),
    // Layers; samples.
    ("nn", &["ops", "inspect", "device", "error"]),
    ("data", &["boxes", "error"]),
    (
        "train",
        &["data", "nn", "metrics", "ops", "inspect", "boxes", "device", "error"],
    ),
    // Chapters of their own, which do not know of each other.
    (
        "detect",
        &["train", "data", "nn", "metrics", "ops", "boxes", "device", "error"],
    ),
    (
        "explain",
        &[
            "train", "data", "nn", "metrics", "ops", "inspect", "boxes", "device", "error",
        ],
    ),
    // What is drawn knows what it draws; what is drawn does not know the pen.
    (
        "plot",
        &[
            "detect", "explain", "train", "data", "nn", "metrics", "ops", "inspect", "boxes", "device", "error",
        ],
    ),
    (
        "show",
        &[
            "plot", "detect", "explain", "train", "data", "nn", "metrics", "ops", "inspect", "boxes", "device", "error",
        ],
    ),
    (
        "prelude",
        &[
            "show", "plot", "detect", "explain", "train", "data", "nn", "metrics", "ops", "inspect", "boxes", "device",
            "error",
        ],
    ),
];

/// Imports that would close a circle and are allowed to: importing file, imported file, and why there is no other way.
const ALLOWED: &[(&str, &str, &str)] = &[(
    "train/callbacks/callback.rs",
    "train/learner.rs",
    "a learner holds its callbacks, and a callback gets the learner into its hands: both types name each other",
)];

#[test]
fn folders_import_only_what_lies_below_them() {
    let house = House::read();
    let mut faults = Vec::new();
    for (i, (folder, below)) in PLAN.iter().enumerate() {
        for other in *below {
            let place = PLAN.iter().position(|(name, _)| name == other);
            assert!(
                place.is_some_and(|place| place < i),
                "the plan itself: {folder} may not import {other}"
            );
        }
    }
    for file in house.files.values().filter(|file| file.path != "lib.rs") {
        if !PLAN.iter().any(|(folder, _)| *folder == file.folder()) {
            faults.push(format!(
                "src/{}: the folder `{}` has no place in the plan",
                file.path,
                file.folder()
            ));
        }
    }
    for import in &house.imports {
        let (from, to) = (folder(&import.from), folder(&import.to));
        if from == to || import.from == "lib.rs" || import.to == "lib.rs" {
            continue;
        }
        if let Some((_, below)) = PLAN.iter().find(|(folder, _)| *folder == from) {
            if !below.contains(&to) {
                faults.push(format!(
                    "src/{}:{} imports src/{} ({}): `{from}` may import only {}",
                    import.from,
                    import.line,
                    import.to,
                    import.name,
                    if below.is_empty() {
                        "nothing".to_string()
                    } else {
                        below.join(", ")
                    }
                ));
            }
        }
    }
    let order: Vec<&str> = PLAN.iter().rev().map(|(folder, _)| *folder).collect();
    assert!(
        faults.is_empty(),
        "{} imports against the plan, whose order from above is {}:\n{}",
        faults.len(),
        order.join(", "),
        faults.join("\n")
    );
}

#[test]
fn no_files_import_each_other() {
    let house = House::read();
    let allowed = |import: &&Import| {
        ALLOWED
            .iter()
            .any(|(from, to, _)| import.from == *from && import.to == *to)
    };
    let mut graph: BTreeMap<&str, BTreeMap<&str, &Import>> = BTreeMap::new();
    for import in house.imports.iter().filter(|import| !allowed(import)) {
        graph
            .entry(&import.from)
            .or_default()
            .entry(&import.to)
            .or_insert(import);
    }
    let circles = circles(&graph);
    let shown: Vec<String> = circles.iter().map(|circle| in_words(circle)).collect();
    assert!(
        circles.is_empty(),
        "{} circles of files; move what two of them share into a file below both:\n{}",
        circles.len(),
        shown.join("\n")
    );
    for (from, to, why) in ALLOWED {
        let needed = house
            .imports
            .iter()
            .any(|import| import.from == *from && import.to == *to);
        assert!(
            needed,
            "{from} no longer imports {to}: take it off the list of what is allowed ({why})"
        );
    }
}

/// What this test reads it reads rightly: a small house with every kind of import.
#[test]
fn imports_are_found() {
    let sources = [
        ("lib.rs", "pub mod a;\npub mod b;\npub use a::Deep;"),
        (
            "a/mod.rs",
            "//! use crate::b::Nothing;\nmod deep;\npub(crate) mod tool;\npub use deep::Deep;\npub use deep::{Other as Alias};",
        ),
        (
            "a/deep.rs",
            "use super::tool;\npub struct Deep; pub struct Other;\nfn f() { tool::help(); }\n#[cfg(test)]\nmod tests { use crate::b::Thing; }",
        ),
        (
            "a/tool.rs",
            "pub fn help() {} // crate::b::Thing\nconst TEXT: &str = \"crate::b::Thing\";",
        ),
        (
            "b.rs",
            "use crate::a::{self, tool::{help}};\npub struct Thing;\nfn f(x: a::Alias) -> crate::Deep { x }\nmod inner { use super::*; use std::fmt; pub type T = Thing; }",
        ),
    ];
    let house = House::of(
        sources
            .iter()
            .map(|(path, text)| (path.to_string(), text.to_string()))
            .collect(),
    );
    let found: BTreeSet<(&str, &str, usize)> = house
        .imports
        .iter()
        .map(|i| (i.from.as_str(), i.to.as_str(), i.line))
        .collect();
    let expected = [
        ("a/deep.rs", "a/tool.rs", 1),
        ("a/deep.rs", "a/tool.rs", 3),
        ("b.rs", "a/deep.rs", 3),
        ("b.rs", "a/mod.rs", 1),
        ("b.rs", "a/tool.rs", 1),
    ];
    assert_eq!(found, BTreeSet::from(expected));
}

/// One import: a place in a file, and the file that defines what is named there.
#[derive(Debug)]
struct Import {
    from: String,
    line: usize,
    to: String,
    name: String,
}

/// A path that a `use` brings into a module.
#[derive(Clone, Debug)]
struct Use {
    path: Vec<String>,
    /// The name it has here; `*` for everything.
    alias: String,
    public: bool,
    line: usize,
}

/// A module, in a file of its own or in that of its parent.
#[derive(Default, Debug)]
struct Module {
    file: String,
    items: BTreeSet<String>,
    children: BTreeSet<String>,
    uses: Vec<Use>,
    /// Paths that are written out in the code, and single names.
    paths: Vec<(Vec<String>, usize)>,
}

struct File {
    path: String,
}

impl File {
    fn folder(&self) -> &str {
        folder(&self.path)
    }
}

/// The folder of `src/` that a file belongs to, or its name without `.rs`.
fn folder(path: &str) -> &str {
    let first = path.split('/').next().unwrap_or(path);
    first.strip_suffix(".rs").unwrap_or(first)
}

/// All modules of the crate.
struct House {
    files: BTreeMap<String, File>,
    /// By path: `train::callbacks`; the root is empty.
    modules: BTreeMap<String, Module>,
    imports: Vec<Import>,
}

impl House {
    fn read() -> Self {
        let root = root();
        let mut sources = Vec::new();
        collect(&root.join("src"), &root.join("src"), &mut sources);
        Self::of(sources)
    }

    fn of(sources: Vec<(String, String)>) -> Self {
        let mut house = Self {
            files: BTreeMap::new(),
            modules: BTreeMap::new(),
            imports: Vec::new(),
        };
        let mut tests = BTreeSet::new();
        for (path, text) in &sources {
            let name = module_name(path);
            Reader::new(path, text).module(&name, &mut house.modules, &mut tests);
        }
        for (path, _) in sources {
            // `#[cfg(test)] mod tests;`: the file holds tests only.
            let name = module_name(&path);
            let below = |test: &String| name == *test || name.starts_with(&format!("{test}::"));
            if tests.iter().any(below) {
                house.modules.retain(|_, module| module.file != path);
            } else {
                house.files.insert(path.clone(), File { path });
            }
        }
        house.resolve();
        house
    }

    fn resolve(&mut self) {
        let mut imports = Vec::new();
        for (here, module) in &self.modules {
            let mut add = |path: &[String], line: usize| {
                if let Some(to) = self.file_of(here, path).filter(|to| *to != module.file) {
                    let (from, name) = (module.file.clone(), path.join("::"));
                    imports.push(Import { from, line, to, name });
                }
            };
            let mut globs = Vec::new();
            for u in &module.uses {
                // A mod.rs that re-exports what is below it declares it; it imports it only where it uses it itself.
                let own = self.module_of(here, &u.path[..1]).is_some_and(|m| parent(&m) == *here);
                let used = |(path, _): &(Vec<String>, usize)| path[0] == u.alias;
                if u.alias == "*" {
                    globs.push(u);
                } else if !(u.public && own) || module.paths.iter().any(used) {
                    add(&u.path, u.line);
                }
            }
            for (path, line) in &module.paths {
                if path.len() > 1 && self.starts_here(here, &path[0]) {
                    add(path, *line);
                }
            }
            // Of `use x::*` those names count that the module mentions.
            for u in globs.iter().filter(|u| !u.public) {
                let names: BTreeSet<&String> = module.paths.iter().map(|(path, _)| &path[0]).collect();
                for name in names.into_iter().filter(|name| !module.items.contains(*name)) {
                    let mut path = u.path.clone();
                    path.push(name.clone());
                    if self
                        .find(here, &path, &mut BTreeSet::new())
                        .is_some_and(|found| found.1)
                    {
                        add(&path, u.line);
                    }
                }
            }
        }
        self.imports = imports;
    }

    /// Whether a path that begins with `first` leads into this crate.
    fn starts_here(&self, here: &str, first: &str) -> bool {
        ["crate", "self", "super"].contains(&first) || self.module_of(here, &[first.to_string()]).is_some()
    }

    fn module_of(&self, here: &str, path: &[String]) -> Option<String> {
        let found = self.find(here, path, &mut BTreeSet::new());
        found.filter(|found| !found.1).map(|found| found.0)
    }

    /// The file that defines what a path names, if it is in this crate.
    fn file_of(&self, here: &str, path: &[String]) -> Option<String> {
        let (module, _) = self.find(here, path, &mut BTreeSet::new())?;
        Some(self.modules.get(&module)?.file.clone())
    }

    /// The module that a path names, or the one that defines the item that it names (then true).
    /// `seen` holds the names that are being looked for, so that two modules that pass on each other's names end.
    fn find(&self, here: &str, path: &[String], seen: &mut BTreeSet<(String, String)>) -> Option<(String, bool)> {
        let mut at = here.to_string();
        for (i, name) in path.iter().enumerate() {
            let module = self.modules.get(&at)?;
            at = match name.as_str() {
                "crate" => String::new(),
                "self" => at,
                "super" => parent(&at),
                name if module.children.contains(name) => join(&at, name),
                name if module.items.contains(name) => return Some((at, true)),
                name => {
                    // A name that a `use` brought here. Inside other modules, only what they pass on counts; which of
                    // them are private the compiler knows better.
                    let found = self.through_uses(&at, name, seen)?;
                    if found.1 || i + 1 == path.len() {
                        return Some(found);
                    }
                    found.0
                }
            };
        }
        Some((at, false))
    }

    fn through_uses(&self, at: &str, name: &str, seen: &mut BTreeSet<(String, String)>) -> Option<(String, bool)> {
        if !seen.insert((at.to_string(), name.to_string())) {
            return None;
        }
        let module = self.modules.get(at)?;
        let same = |u: &&Use| u.alias == name && u.path != [name.to_string()];
        if let Some(u) = module.uses.iter().find(same) {
            return self.find(at, &u.path, seen);
        }
        module.uses.iter().filter(|u| u.alias == "*").find_map(|u| {
            let mut path = u.path.clone();
            path.push(name.to_string());
            self.find(at, &path, seen)
        })
    }
}

fn join(module: &str, name: &str) -> String {
    if module.is_empty() {
        name.to_string()
    } else {
        format!("{module}::{name}")
    }
}

fn parent(module: &str) -> String {
    module
        .rsplit_once("::")
        .map_or(String::new(), |(parent, _)| parent.to_string())
}

/// `train::fit` for `train/fit.rs`, `train` for `train/mod.rs`.
fn module_name(path: &str) -> String {
    let path = path.strip_suffix(".rs").unwrap_or(path);
    let path = path.strip_suffix("/mod").unwrap_or(path);
    if path == "lib" {
        String::new()
    } else {
        path.replace('/', "::")
    }
}

/// The folder of the crate: where cargo says, or the one around or above the current one.
fn root() -> PathBuf {
    let start = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from("."), PathBuf::from);
    let start = fs::canonicalize(&start).unwrap_or(start);
    let found = start.ancestors().find(|folder| folder.join("src/ops").is_dir());
    found.expect("a folder with src/ops, here or above").to_path_buf()
}

fn collect(root: &Path, folder: &Path, sources: &mut Vec<(String, String)>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a folder")
        .map(|e| e.expect("an entry").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(root, &path, sources);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let name = path
                .strip_prefix(root)
                .expect("below src")
                .to_string_lossy()
                .replace('\\', "/");
            sources.push((name, fs::read_to_string(&path).expect("a source file")));
        }
    }
}

/// A word or a sign of the source, with its line.
type Token = (String, usize);

/// Reads the modules of a file from its tokens.
struct Reader {
    file: String,
    tokens: Vec<Token>,
    at: usize,
}

impl Reader {
    fn new(file: &str, text: &str) -> Self {
        let (file, tokens) = (file.to_string(), tokens(text));
        Self { file, tokens, at: 0 }
    }

    fn peek(&self, ahead: usize) -> &str {
        self.tokens.get(self.at + ahead).map_or("", |token| &token.0)
    }

    /// Reads up to the brace that closes the module `name`.
    fn module(&mut self, name: &str, modules: &mut BTreeMap<String, Module>, tests: &mut BTreeSet<String>) {
        let mut module = Module {
            file: self.file.clone(),
            ..Module::default()
        };
        let (mut depth, mut public, mut test) = (0_usize, false, false);
        while self.at < self.tokens.len() {
            let (word, line) = self.tokens[self.at].clone();
            match word.as_str() {
                "#" => {
                    test |= self.attribute();
                    continue;
                }
                _ if test => {
                    if word == "mod" && self.peek(2) == ";" {
                        tests.insert(join(name, self.peek(1)));
                    }
                    if !["pub", "mod"].contains(&word.as_str()) || self.peek(2) != ";" {
                        self.skip_item();
                    } else {
                        self.at += 3;
                    }
                    test = false;
                    continue;
                }
                "{" => depth += 1,
                "}" if depth == 0 => {
                    self.at += 1;
                    break;
                }
                "}" => depth -= 1,
                "pub" => {
                    public = true;
                    self.at += 1;
                    if self.peek(0) == "(" {
                        self.skip_group();
                    }
                    continue;
                }
                "use" => {
                    self.at += 1;
                    self.tree(&mut Vec::new(), public, line, &mut module.uses);
                    public = false;
                    continue;
                }
                "mod" if is_word(self.peek(1)) && depth == 0 => {
                    let child = self.peek(1).to_string();
                    module.children.insert(child.clone());
                    if self.peek(2) == "{" {
                        self.at += 3;
                        self.module(&join(name, &child), modules, tests);
                    } else {
                        self.at += 3;
                    }
                    public = false;
                    continue;
                }
                "fn" | "struct" | "enum" | "union" | "trait" | "type" | "const" | "static" | "macro_rules" => {
                    let skip = if self.peek(1) == "!" || self.peek(1) == "mut" {
                        2
                    } else {
                        1
                    };
                    if depth == 0 && is_word(self.peek(skip)) {
                        module.items.insert(self.peek(skip).to_string());
                        self.at += 1;
                    }
                    public = false;
                }
                word if is_word(word) => {
                    let path = self.path();
                    module.paths.push((path, line));
                    public = false;
                    continue;
                }
                _ => public = false,
            }
            self.at += 1;
        }
        modules.insert(name.to_string(), module);
    }

    /// Passes over an attribute; whether it says that what follows is for tests only.
    fn attribute(&mut self) -> bool {
        self.at += 1;
        if self.peek(0) == "!" {
            self.at += 1;
        }
        let start = self.at;
        self.skip_group();
        let words: Vec<&str> = self.tokens[start..self.at]
            .iter()
            .map(|token| token.0.as_str())
            .collect();
        words.get(1) == Some(&"cfg") && words.get(3).is_some_and(|w| ["test", "doctest"].contains(w))
    }

    /// Passes over a group of brackets that begins here.
    fn skip_group(&mut self) {
        let mut depth = 0;
        while self.at < self.tokens.len() {
            match self.peek(0) {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                break;
            }
        }
    }

    /// Passes over an item: to the semicolon, or over its braces.
    fn skip_item(&mut self) {
        while self.at < self.tokens.len() {
            match self.peek(0) {
                ";" => {
                    self.at += 1;
                    return;
                }
                "{" => {
                    let in_use = self.tokens[..self.at].last().is_some_and(|token| token.0 == ":");
                    self.skip_group();
                    if !in_use {
                        return;
                    }
                }
                "(" | "[" => self.skip_group(),
                _ => self.at += 1,
            }
        }
    }

    /// The path that begins here: `a::b::c`.
    fn path(&mut self) -> Vec<String> {
        let mut path = vec![self.peek(0).to_string()];
        let after = self.at > 0 && [".", ":"].contains(&self.tokens[self.at - 1].0.as_str());
        // A field or method, or the rest of a path behind `<T>`: no name of this module. (A type behind a colon is one.)
        let nameless =
            after && (self.tokens[self.at - 1].0 == "." || (self.at > 1 && self.tokens[self.at - 2].0 == ":"));
        self.at += 1;
        while self.peek(0) == ":" && self.peek(1) == ":" && is_word(self.peek(2)) {
            path.push(self.peek(2).to_string());
            self.at += 3;
        }
        if nameless { vec![String::new()] } else { path }
    }

    /// The branches of a `use`, up to the semicolon, comma or brace behind it.
    fn tree(&mut self, before: &mut Vec<String>, public: bool, _: usize, uses: &mut Vec<Use>) {
        let length = before.len();
        loop {
            let (word, line) = self.tokens[self.at].clone();
            match word.as_str() {
                "{" => {
                    self.at += 1;
                    while self.peek(0) != "}" {
                        self.tree(before, public, line, uses);
                        if self.peek(0) == "," {
                            self.at += 1;
                        }
                    }
                    self.at += 1;
                    break;
                }
                ":" => self.at += 1,
                _ => {
                    self.at += 1;
                    if self.peek(0) == ":" {
                        before.push(word);
                        continue;
                    }
                    let mut path = before.clone();
                    let mut alias = word.clone();
                    if word == "self" {
                        alias = before.last().cloned().unwrap_or_default();
                    } else if word != "*" {
                        path.push(word);
                    }
                    if self.peek(0) == "as" {
                        alias = self.peek(1).to_string();
                        self.at += 2;
                    }
                    let path = if path.is_empty() {
                        vec!["self".to_string()]
                    } else {
                        path
                    };
                    uses.push(Use {
                        path,
                        alias,
                        public,
                        line,
                    });
                    break;
                }
            }
        }
        before.truncate(length);
        if self.peek(0) == ";" {
            self.at += 1;
        }
    }
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The words and signs of a source, without comments, texts, characters and numbers.
fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let (mut all, mut i, mut line) = (Vec::new(), 0, 1);
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    while i < chars.len() {
        let start = i;
        let c = chars[i];
        if c == '/' && at(i + 1) == '/' {
            while i < chars.len() && chars[i] != '\n' {
                i += 1;
            }
        } else if c == '/' && at(i + 1) == '*' {
            let mut depth = 0;
            loop {
                match (at(i), at(i + 1)) {
                    ('/', '*') => (depth, i) = (depth + 1, i + 2),
                    ('*', '/') => (depth, i) = (depth - 1, i + 2),
                    _ => i += 1,
                }
                if depth == 0 || i >= chars.len() {
                    break;
                }
            }
        } else if let Some(end) = text_end(&chars, i) {
            i = end;
        } else if c == '\'' {
            // A character, or a lifetime.
            i = match (at(i + 1), at(i + 2)) {
                ('\\', _) => (i + 3..chars.len())
                    .find(|&k| chars[k] == '\'')
                    .map_or(chars.len(), |k| k + 1),
                (_, '\'') => i + 3,
                _ => i + 1,
            };
            if at(i - 1) == '\'' && i == start + 1 {
                while at(i).is_alphanumeric() || at(i) == '_' {
                    i += 1;
                }
            }
        } else if c.is_alphabetic() || c == '_' {
            while at(i).is_alphanumeric() || at(i) == '_' {
                i += 1;
            }
            all.push((chars[start..i].iter().collect(), line));
        } else if c.is_ascii_digit() {
            while at(i).is_alphanumeric() || at(i) == '_' || (at(i) == '.' && at(i + 1).is_ascii_digit()) {
                i += 1;
            }
        } else {
            i += 1;
            if !c.is_whitespace() && c != '$' {
                all.push((c.to_string(), line));
            }
        }
        line += chars[start..i.min(chars.len())].iter().filter(|c| **c == '\n').count();
    }
    all
}

/// Behind the text that begins at `i` (`"..."`, `b"..."`, `r#"..."#`), if one does.
fn text_end(chars: &[char], i: usize) -> Option<usize> {
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut start = i;
    while ['b', 'c'].contains(&at(start)) && start == i {
        start += 1;
    }
    let raw = at(start) == 'r';
    let hashes = if raw {
        chars[start + 1..].iter().take_while(|c| **c == '#').count()
    } else {
        0
    };
    let quote = start + usize::from(raw) + hashes;
    if at(quote) != '"' {
        return None;
    }
    let mut k = quote + 1;
    while k < chars.len() {
        if chars[k] == '\\' && !raw {
            k += 2;
        } else if chars[k] == '"' && chars[k + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes {
            return Some(k + 1 + hashes);
        } else {
            k += 1;
        }
    }
    Some(chars.len())
}

/// Circles of imports: for each knot of files that reach each other, a shortest way around.
fn circles<'a>(graph: &BTreeMap<&'a str, BTreeMap<&'a str, &'a Import>>) -> Vec<Vec<&'a Import>> {
    let mut known: BTreeSet<&str> = BTreeSet::new();
    let mut found: Vec<Vec<&Import>> = Vec::new();
    for start in graph.keys() {
        if let Some(circle) = way_back(graph, start) {
            // Pairs are all reported, of longer circles one for each file that is in no other.
            let fresh = circle.iter().any(|import| !known.contains(import.from.as_str()));
            let pair = circle.len() == 2 && circle[0].from < circle[0].to;
            if fresh || pair {
                known.extend(circle.iter().map(|import| import.from.as_str()));
                found.push(circle);
            }
        }
        let pairs = graph[start].iter().filter(|(to, _)| *start < **to);
        for (to, there) in pairs {
            if let Some(back) = graph.get(to).and_then(|next| next.get(start)) {
                known.extend([*start, *to]);
                let shown = |c: &Vec<&Import>| c.len() == 2 && c.iter().any(|i| i.from == *start && i.to == *to);
                if !found.iter().any(shown) {
                    found.push(vec![*there, *back]);
                }
            }
        }
    }
    found
}

/// The shortest circle through `start`.
fn way_back<'a>(graph: &BTreeMap<&'a str, BTreeMap<&'a str, &'a Import>>, start: &str) -> Option<Vec<&'a Import>> {
    let mut came: BTreeMap<&str, &Import> = BTreeMap::new();
    let mut front = vec![start.to_string()];
    while !front.is_empty() {
        let mut next = Vec::new();
        for file in front {
            for (to, import) in graph.get(file.as_str()).into_iter().flatten() {
                if *to == start {
                    let mut circle = vec![*import];
                    while circle[circle.len() - 1].from != start {
                        circle.push(came[circle[circle.len() - 1].from.as_str()]);
                    }
                    circle.reverse();
                    return Some(circle);
                }
                if !came.contains_key(to) {
                    came.insert(to, import);
                    next.push(to.to_string());
                }
            }
        }
        front = next;
    }
    None
}

fn in_words(circle: &[&Import]) -> String {
    let step = |import: &&Import| {
        format!(
            "  src/{}:{} imports src/{} ({})",
            import.from, import.line, import.to, import.name
        )
    };
    let steps: Vec<String> = circle.iter().map(step).collect();
    format!("a circle of {}:\n{}", circle.len(), steps.join("\n"))
}
