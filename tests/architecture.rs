//! The plan of the house: which folder of `src/` may import which, and that no two files import each other.
//!
//! The test reads the sources. For every `use` and for every path written out in the code it finds the file that
//! *defines* what is imported: re-exports (`pub use`) are followed, so that it does not matter through which `mod.rs`
//! a name comes. Code for tests (`#[cfg(test)]`), comments and texts do not count. What no path says is not seen: a
//! method that another file adds to a type, for one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Every folder of `src/` (or file, without its `.rs`), from the bottom up, and what it may import: only what stands
/// above it in this table, so that no order of folders could run in a circle.
const PLAN: &[(&str, &str)] = &[
    ("error", ""),
    // How long something took.
    ("clock", ""),
    // Files that are written whole or not at all.
    ("files", "error"),
    // Where tensors live; rectangles.
    ("device", "error"),
    ("boxes", "error"),
    // What a notebook shows.
    ("content", ""),
    // Eigenvectors of symmetric matrices.
    ("eigen", ""),
    // Nodes and edges; matrices that are mostly zeros.
    ("graph", "eigen error"),
    // Watching a network while it works: statistics of its layers, traces of its tensors.
    ("inspect", "device error"),
    // Operations with their gradients; figures about predictions.
    ("ops", "graph inspect device error"),
    ("metrics", "boxes eigen error"),
    // Layers; samples.
    ("nn", "ops graph inspect device error"),
    // Writing with a language model.
    ("generate", "nn ops error"),
    // A network as a graph, for other programs and other numbers.
    ("deploy", "nn ops device files error"),
    // From noise to samples, by whoever knows the noise.
    ("diffusion", "error"),
    ("data", "graph boxes content eigen files error"),
    ("train", "data nn metrics ops inspect boxes device files clock error"),
    // Chapters of their own, which do not know of each other.
    ("detect", "train data nn metrics ops boxes device error"),
    (
        "explainers",
        "train data nn metrics ops inspect boxes device clock error",
    ),
    // The pen knows what it draws; what is drawn does not know the pen.
    (
        "plot",
        "explainers detect train data nn metrics ops graph inspect boxes content device error",
    ),
    (
        "show",
        "plot explainers detect train data nn metrics ops inspect boxes content device error",
    ),
    // The methods and the figures of explanations under one name.
    ("explain", "plot explainers"),
    (
        "prelude",
        "explain show plot explainers detect train data diffusion generate nn metrics ops graph inspect boxes device error",
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
    let order: Vec<&str> = PLAN.iter().rev().map(|(folder, _)| *folder).collect();
    let faults = against_the_plan(&HOUSE);
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
    let circles = in_circles(&HOUSE);
    assert!(
        circles.is_empty(),
        "{} circles of files; move what two of them share into a file below both:\n{}",
        circles.len(),
        circles.join("\n")
    );
    for (from, to, why) in ALLOWED {
        let needed = HOUSE.imports.iter().any(|i| i.from == *from && i.to == *to);
        assert!(
            needed,
            "{from} no longer imports {to}: take it off the list of what is allowed ({why})"
        );
    }
}

#[test]
fn the_plan_itself_has_an_order() {
    for (i, (folder, below)) in PLAN.iter().enumerate() {
        for other in below.split_whitespace() {
            let lower = PLAN[..i].iter().any(|(name, _)| *name == other);
            assert!(
                lower,
                "{folder} may not import {other}, which does not stand above it in the table"
            );
        }
    }
}

/// Every kind of import in a small house, and what is wrong with it.
#[test]
fn imports_are_found_and_faults_too() {
    let house = House::of(
        SMALL
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
        ("boxes.rs", "ops/deep.rs", 3),
        ("boxes.rs", "ops/mod.rs", 1),
        ("boxes.rs", "ops/tool.rs", 1),
        ("ops/deep.rs", "ops/tool.rs", 1),
        ("ops/deep.rs", "ops/tool.rs", 3),
        ("ops/one.rs", "ops/two.rs", 1),
        ("ops/three.rs", "ops/one.rs", 1),
        ("ops/tool.rs", "ops/deep.rs", 1),
        ("ops/two.rs", "ops/three.rs", 1),
    ];
    assert_eq!(found, BTreeSet::from(expected));
    let faults = against_the_plan(&house);
    assert!(
        faults
            .iter()
            .all(|f| f.starts_with("src/boxes.rs:") && f.contains("`boxes` may import only error"))
    );
    assert_eq!(faults.len(), 4, "{faults:?}");
    let circles = in_circles(&house);
    assert_eq!(circles.len(), 2, "{circles:?}");
    assert!(
        circles[0].contains("src/ops/deep.rs:1 imports src/ops/tool.rs (super::tool)"),
        "{}",
        circles[0]
    );
    assert!(circles[1].starts_with("a circle of 3"), "{}", circles[1]);
}

const SMALL: &[(&str, &str)] = &[
    ("lib.rs", "pub mod boxes;\npub mod ops;\npub use ops::Deep;"),
    (
        "ops/mod.rs",
        "//! use crate::boxes::Nothing;
         mod deep; mod one; mod two; mod three;
         pub(crate) mod tool;
         pub use deep::Deep;
         pub use deep::{Other as Alias};
         pub mod all { pub use super::deep::*; }",
    ),
    (
        "ops/deep.rs",
        "use super::tool;
         pub struct Deep; pub struct Other;
         fn f() { tool::help(); }
         #[cfg(test)]
         mod tests { use crate::boxes::Thing; }",
    ),
    (
        "ops/tool.rs",
        "pub fn help(_: super::Deep) {} // crate::boxes::Thing
         const TEXT: &str = \"crate::boxes::Thing\";",
    ),
    ("ops/one.rs", "use super::two::Two; pub struct One;"),
    ("ops/two.rs", "use super::three::*; pub struct Two(Three);"),
    ("ops/three.rs", "pub struct Three<'a>(&'a super::one::One);"),
    (
        "boxes.rs",
        "use crate::ops::{self, tool::{help}};
         pub struct Thing;
         fn f(x: ops::Alias) -> crate::Deep { x }
         mod inner { use super::*; use std::fmt; pub type T = Thing; }",
    ),
];

/// The imports against the plan, in words.
fn against_the_plan(house: &House) -> Vec<String> {
    let lost = |file: &&String| *file != "lib.rs" && !PLAN.iter().any(|(name, _)| *name == folder(file));
    let lost = house.files.iter().filter(lost);
    let mut faults: Vec<String> = lost
        .map(|file| format!("src/{file}: `{}` has no place in the plan", folder(file)))
        .collect();
    for Import { from, line, to, name } in &house.imports {
        let (above, below) = (folder(from), folder(to));
        if above == below || from == "lib.rs" || to == "lib.rs" {
            continue;
        }
        let Some((_, may)) = PLAN.iter().find(|(folder, _)| *folder == above) else {
            continue;
        };
        if !may.split_whitespace().any(|name| name == below) {
            let may = if may.is_empty() { "nothing" } else { may };
            faults.push(format!(
                "src/{from}:{line} imports src/{to} ({name}): `{above}` may import only {may}"
            ));
        }
    }
    faults
}

/// The circles of files, in words.
fn in_circles(house: &House) -> Vec<String> {
    let allowed = |import: &&Import| {
        ALLOWED
            .iter()
            .any(|(from, to, _)| import.from == *from && import.to == *to)
    };
    let mut graph = Graph::new();
    for import in house.imports.iter().filter(|import| !allowed(import)) {
        graph
            .entry(&import.from)
            .or_default()
            .entry(&import.to)
            .or_insert(import);
    }
    circles(&graph).iter().map(|circle| in_words(circle)).collect()
}

/// The sources of the crate, read once.
static HOUSE: LazyLock<House> = LazyLock::new(House::read);

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

/// The folder of `src/` that a file belongs to, or its name without `.rs`.
fn folder(path: &str) -> &str {
    let first = path.split('/').next().unwrap_or(path);
    first.strip_suffix(".rs").unwrap_or(first)
}

/// All modules of the crate.
struct House {
    files: BTreeSet<String>,
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
            files: BTreeSet::new(),
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
                house.files.insert(path);
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
                let own = join(&module_name(&module.file), "");
                let found = self.find(here, &u.path, &mut BTreeSet::new());
                let own = found.is_some_and(|(to, _)| to.starts_with(&own));
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
        while let Some((word, line)) = self.tokens.get(self.at).cloned() {
            if word == "#" {
                test |= self.attribute();
                continue;
            }
            if test {
                tests.extend(self.test_item().map(|child| join(name, &child)));
                test = false;
                continue;
            }
            let before = self.at;
            match word.as_str() {
                "{" => depth += 1,
                "}" if depth == 0 => {
                    self.at += 1;
                    break;
                }
                "}" => depth -= 1,
                "pub" => {
                    self.at += 1;
                    if self.peek(0) == "(" {
                        self.skip_group();
                    }
                }
                "use" => {
                    self.at += 1;
                    self.tree(&mut Vec::new(), public, &mut module.uses);
                }
                "mod" if depth == 0 && is_word(self.peek(1)) => {
                    let (child, inline) = (self.peek(1).to_string(), self.peek(2) == "{");
                    self.at += 3;
                    if inline {
                        self.module(&join(name, &child), modules, tests);
                    }
                    module.children.insert(child);
                }
                "fn" | "struct" | "enum" | "union" | "trait" | "type" | "const" | "static" | "macro_rules" => {
                    let skip = if ["!", "mut"].contains(&self.peek(1)) { 2 } else { 1 };
                    if depth == 0 && is_word(self.peek(skip)) {
                        module.items.insert(self.peek(skip).to_string());
                        self.at += skip + 1;
                    }
                }
                word if is_word(word) => {
                    let path = self.path();
                    module.paths.push((path, line));
                }
                _ => {}
            }
            public = word == "pub";
            self.at = self.at.max(before + 1);
        }
        modules.insert(name.to_string(), module);
    }

    /// Passes over an item for tests only; its name, where it is a module in a file of its own.
    fn test_item(&mut self) -> Option<String> {
        while self.peek(0) == "pub" {
            self.at += 1;
            if self.peek(0) == "(" {
                self.skip_group();
            }
        }
        let file = self.peek(0) == "mod" && self.peek(2) == ";";
        let name = file.then(|| self.peek(1).to_string());
        self.skip_item();
        name
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

    /// Passes over an item: to the semicolon, or over its braces. A `use` may have braces before its semicolon.
    fn skip_item(&mut self) {
        let import = self.peek(0) == "use";
        while self.at < self.tokens.len() {
            match self.peek(0) {
                ";" => {
                    self.at += 1;
                    return;
                }
                "{" => {
                    self.skip_group();
                    if !import {
                        return;
                    }
                }
                "(" | "[" => self.skip_group(),
                _ => self.at += 1,
            }
        }
    }

    /// The path that begins here: `a::b::c`. Without a first name where it is a field, a method or goes on from `<T>::`:
    /// that names nothing of this module.
    fn path(&mut self) -> Vec<String> {
        let before = |back: usize| self.at.checked_sub(back).map_or("", |at| &self.tokens[at].0);
        let goes_on = before(1) == "." || (before(1) == ":" && before(2) == ":");
        let mut path = vec![self.peek(0).to_string()];
        self.at += 1;
        while self.peek(0) == ":" && self.peek(1) == ":" && is_word(self.peek(2)) {
            path.push(self.peek(2).to_string());
            self.at += 3;
        }
        if goes_on { vec![String::new()] } else { path }
    }

    /// The branches of a `use`, up to the semicolon, comma or brace behind it. `before` is the path that leads here.
    fn tree(&mut self, before: &mut Vec<String>, public: bool, uses: &mut Vec<Use>) {
        let length = before.len();
        while let Some((word, line)) = self.tokens.get(self.at).cloned() {
            self.at += 1;
            if word == ":" {
                continue;
            }
            if word == "{" {
                while !["}", ""].contains(&self.peek(0)) {
                    self.tree(before, public, uses);
                    self.at += usize::from(self.peek(0) == ",");
                }
                self.at += 1;
                break;
            }
            if self.peek(0) == ":" {
                before.push(word);
                continue;
            }
            let mut path = before.clone();
            let mut alias = word.clone();
            match word.as_str() {
                "self" => alias = before.last().cloned().unwrap_or_default(),
                "*" => {}
                _ => path.push(word),
            }
            if self.peek(0) == "as" {
                alias = self.peek(1).to_string();
                self.at += 2;
            }
            uses.push(Use {
                path,
                alias,
                public,
                line,
            });
            break;
        }
        before.truncate(length);
        self.at += usize::from(self.peek(0) == ";");
    }
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The words and signs of a source, without comments, texts, characters, lifetimes and numbers.
fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let (mut all, mut i, mut line) = (Vec::new(), 0, 1);
    while i < chars.len() {
        let (start, c) = (i, chars[i]);
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let end_of_word = || (start..chars.len()).find(|&k| !word(chars[k])).unwrap_or(chars.len());
        i = if let Some(end) = comment_end(&chars, i)
            .or_else(|| text_end(&chars, i))
            .or_else(|| quoted_end(&chars, i))
        {
            end
        } else if word(c) {
            let end = end_of_word();
            if !c.is_ascii_digit() {
                all.push((chars[start..end].iter().collect(), line));
            }
            end
        } else {
            // `$crate` of a macro is `crate`.
            if !c.is_whitespace() && c != '$' {
                all.push((c.to_string(), line));
            }
            start + 1
        };
        i = i.min(chars.len());
        line += chars[start..i].iter().filter(|c| **c == '\n').count();
    }
    all
}

/// Behind the comment that begins at `i`, if one does; comments in `/* */` may hold others.
fn comment_end(chars: &[char], i: usize) -> Option<usize> {
    let two = |i: usize| chars.get(i..i + 2).map(|two| (two[0], two[1]));
    match two(i) {
        Some(('/', '/')) => Some((i..chars.len()).find(|&k| chars[k] == '\n').unwrap_or(chars.len())),
        Some(('/', '*')) => {
            let (mut depth, mut k) = (1, i + 2);
            while depth > 0 && k < chars.len() {
                (depth, k) = match two(k) {
                    Some(('/', '*')) => (depth + 1, k + 2),
                    Some(('*', '/')) => (depth - 1, k + 2),
                    _ => (depth, k + 1),
                };
            }
            Some(k)
        }
        _ => None,
    }
}

/// Behind the character (`'a'`, `'\\''`) or lifetime (`'a`) that begins at `i`, if one does.
fn quoted_end(chars: &[char], i: usize) -> Option<usize> {
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    if at(i) != '\'' {
        return None;
    }
    if at(i + 1) == '\\' {
        return (i + 3..chars.len()).find(|&k| chars[k] == '\'').map(|k| k + 1);
    }
    if at(i + 2) == '\'' {
        return Some(i + 3);
    }
    (i + 1..chars.len()).find(|&k| !(chars[k].is_alphanumeric() || chars[k] == '_'))
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

/// Who imports whom, and the first import that says so.
type Graph<'a> = BTreeMap<&'a str, BTreeMap<&'a str, &'a Import>>;

/// Circles of imports: all pairs that import each other, and for every file that is in a longer circle only a shortest one.
fn circles<'a>(graph: &Graph<'a>) -> Vec<Vec<&'a Import>> {
    let mut found: Vec<Vec<&Import>> = Vec::new();
    for (from, imports) in graph {
        for (to, there) in imports.iter().filter(|(to, _)| from < *to) {
            let back = graph.get(to).and_then(|imports| imports.get(from));
            found.extend(back.map(|back| vec![*there, *back]));
        }
    }
    let mut known: BTreeSet<&str> = found.iter().flatten().map(|import| import.from.as_str()).collect();
    for start in graph.keys() {
        if let Some(circle) = way_back(graph, start).filter(|_| !known.contains(start)) {
            known.extend(circle.iter().map(|import| import.from.as_str()));
            found.push(circle);
        }
    }
    found
}

/// The shortest circle through `start`.
fn way_back<'a>(graph: &Graph<'a>, start: &str) -> Option<Vec<&'a Import>> {
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
