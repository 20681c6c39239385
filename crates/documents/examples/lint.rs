//! Prints what is wrong with a filing, one finding a line as JSON:
//! `cargo run -p documents --example lint -- FOLDER`. The folder holds the CSV files of one report.

use std::{error::Error, ffi::OsStr, fs, io::Write, path::Path};

use documents::{filing::Filing, lint::lint};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("give the folder of a report")?;
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) {
            let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default().to_owned();
            files.push((name, read(&path)?));
        }
    }
    let filing = Filing::read(files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())));
    let mut out = std::io::stdout().lock();
    for finding in lint(&filing) {
        writeln!(out, "{}", serde_json::to_string(&finding)?)?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, Box<dyn Error>> {
    fs::read(path).map_err(|error| format!("cannot read `{}`: {error}", path.display()).into())
}
