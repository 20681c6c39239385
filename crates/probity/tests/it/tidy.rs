//! House rules: layers, map, sizes, first lines, nothing unfinished.

use std::path::{Path, PathBuf};

use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

use crate::root;

/// The layer of each crate; arrows point down only.
const LAYERS: &[(&str, u8)] = &[
    ("types", 0),
    ("signal", 1),
    ("decide", 1),
    ("ledger", 1),
    ("store", 1),
    ("history", 1),
    ("casework", 1),
    ("engine", 2),
    ("ingest", 2),
    ("enact", 2),
    ("app", 3),
    ("faults", 3),
    ("simulate", 3),
    ("web", 4),
    ("api", 5),
    ("console", 5),
    ("probity", 6),
];

/// What the faces do not see: they ask verbs of `app`, and know neither storage nor rules.
const UNSEEN: &[&str] = &["decide", "enact", "engine", "history", "ledger", "signal", "store"];

/// The one arrow within a layer: the store keeps what the ledger defines.
const WITHIN: &[(&str, &str)] = &[("store", "ledger")];

const FUNCTION_LINES_MAX: usize = 70;
const FILE_LINES_MAX: usize = 500;
const ARCHITECTURE_LINES_MAX: usize = 300;
const README_LINES_MAX: usize = 150;

fn crates() -> Vec<String> {
    let folder = std::fs::read_dir(root().join("crates")).unwrap();
    let mut names: Vec<String> =
        folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// All Rust files of the project.
fn sources() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![root().join("crates"), root().join("benches"), root().join("fuzz")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && name != "target" {
                folders.push(path);
            } else if name.ends_with(".rs") {
                files.push(path);
            }
        }
    }
    assert!(files.len() > 80, "only {} files found", files.len());
    files
}

fn layer(name: &str) -> Option<u8> {
    LAYERS.iter().find(|(known, _)| *known == name).map(|(_, layer)| *layer)
}

#[test]
fn arrows_point_down() {
    for name in crates() {
        let own = layer(&name).unwrap_or_else(|| panic!("crate {name} has no layer"));
        let manifest =
            std::fs::read_to_string(root().join("crates").join(&name).join("Cargo.toml")).unwrap();
        let manifest: toml::Table = manifest.parse().unwrap();
        let dependencies = manifest
            .get("dependencies")
            .and_then(toml::Value::as_table)
            .cloned()
            .unwrap_or_default();
        for (used, below) in dependencies.keys().filter_map(|used| Some((used, layer(used)?))) {
            let is_down = below < own || WITHIN.contains(&(name.as_str(), used.as_str()));
            assert!(is_down, "{name} (layer {own}) uses {used} (layer {below})");
        }
    }
}

#[test]
fn faces_see_no_storage_and_no_rules() {
    for name in ["web", "api", "console"] {
        let manifest = std::fs::read_to_string(root().join(format!("crates/{name}/Cargo.toml")));
        let manifest: toml::Table = manifest.unwrap().parse().unwrap();
        let dependencies = manifest["dependencies"].as_table().unwrap();
        assert!(dependencies.contains_key("app"), "{name}");
        for unseen in UNSEEN {
            assert!(!dependencies.contains_key(*unseen), "{name} sees {unseen}");
        }
    }
}

#[test]
fn the_map_names_every_crate() {
    let map = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for name in crates() {
        assert!(
            map.lines().any(|line| line.starts_with("### ") && line.contains(&name)),
            "ARCHITECTURE.md has no heading for {name}"
        );
    }
    assert!(map.lines().count() <= ARCHITECTURE_LINES_MAX);
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.lines().count() <= README_LINES_MAX);
}

#[test]
fn every_file_begins_with_what_it_is_for_and_is_short() {
    for path in sources() {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! "), "{} does not begin with `//! `", path.display());
        let without_tests = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        let lines = without_tests.lines().count();
        let is_test = path.components().any(|part| part.as_os_str() == "tests");
        assert!(is_test || lines <= FILE_LINES_MAX, "{} has {lines} lines", path.display());
    }
}

/// Collects functions that are too long.
struct Functions<'a> {
    path: &'a Path,
    count: usize,
    long: Vec<String>,
}

impl Functions<'_> {
    fn look(&mut self, name: &syn::Ident, span: proc_macro2::Span) {
        self.count += 1;
        let lines = span.end().line - span.start().line + 1;
        if lines > FUNCTION_LINES_MAX {
            self.long.push(format!("{}: {name} has {lines} lines", self.path.display()));
        }
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.look(&function.sig.ident, function.block.span());
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.look(&function.sig.ident, function.block.span());
        visit::visit_impl_item_fn(self, function);
    }
}

#[test]
fn functions_are_short() {
    let (mut count, mut long) = (0, Vec::new());
    for path in sources() {
        let file = syn::parse_file(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let mut functions = Functions { path: &path, count: 0, long: Vec::new() };
        functions.visit_file(&file);
        count += functions.count;
        long.extend(functions.long);
    }
    assert!(count > 500, "only {count} functions found");
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn nothing_is_unfinished() {
    let marks = [
        "to".to_owned() + "do!",
        "unimple".to_owned() + "mented!",
        "#[ig".to_owned() + "nore",
        "thread::sl".to_owned() + "eep(",
    ];
    for path in sources() {
        let text = std::fs::read_to_string(&path).unwrap();
        for mark in &marks {
            assert!(!text.contains(mark), "{} holds `{mark}`", path.display());
        }
    }
}

#[test]
fn lines_fit_a_hundred_columns_where_people_read() {
    for name in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
        let text = std::fs::read_to_string(root().join(name)).unwrap();
        for (number, line) in text.lines().enumerate() {
            let is_table = line.starts_with('|');
            assert!(is_table || line.chars().count() <= 100, "{name}:{}", number + 1);
        }
    }
}
