//! Opens a store with the key that signs its ledger.
//!
//! The key is in a file next to the store, readable by its owner only, or in `PROBITY_SIGNING_KEY`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use engine::Door;
use ledger::{Key, PublicKey};
use store::Store;
use tokio::runtime::Runtime;

use crate::clock;

/// The variable that may hold the key, 64 hex digits.
const KEY_VARIABLE: &str = "PROBITY_SIGNING_KEY";

/// A runtime for work on a store.
pub(crate) fn runtime() -> anyhow::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("cannot start the runtime")
}

/// The file with the key of the store at `path`.
pub(crate) fn key_path(path: &Path, told: Option<&PathBuf>) -> PathBuf {
    told.cloned().unwrap_or_else(|| {
        let mut name = path.as_os_str().to_owned();
        name.push(".key");
        PathBuf::from(name)
    })
}

/// The signing key of the store at `path`. A new store gets a new key.
pub(crate) fn signing_key(
    path: &Path,
    told: Option<&PathBuf>,
    is_new: bool,
) -> anyhow::Result<Key> {
    if let Ok(text) = std::env::var(KEY_VARIABLE) {
        return Key::from_hex(&text)
            .with_context(|| format!("{KEY_VARIABLE} does not hold 64 hex digits"));
    }
    let file = key_path(path, told);
    if file.exists() {
        let text = crate::files::text(&file)?;
        return Key::from_hex(&text)
            .with_context(|| format!("`{}` does not hold 64 hex digits", file.display()));
    }
    if !is_new {
        bail!(
            "the store's signing key `{}` is missing; restore it, or give it with --key",
            file.display()
        );
    }
    let key = Key::from_bytes(&clock::seed()?);
    write_key(&file, &key).with_context(|| format!("cannot write the key `{}`", file.display()))?;
    Ok(key)
}

fn write_key(file: &Path, key: &Key) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut opened = options.open(file)?;
    writeln!(opened, "{}", key.secret_hex())?;
    opened.sync_all()
}

/// Opens an existing store for reading.
pub(crate) async fn existing(path: &Path) -> anyhow::Result<Store> {
    Store::look(path).await.with_context(|| format!("the store `{}`", path.display()))
}

/// Opens an existing store for writing.
pub(crate) async fn existing_to_write(path: &Path) -> anyhow::Result<Store> {
    Store::open_existing(path).await.with_context(|| format!("the store `{}`", path.display()))
}

/// The door through which an existing store is written: directly, or through the server that has it
/// open.
pub(crate) async fn door(path: &Path, key: Option<&PathBuf>) -> anyhow::Result<Door> {
    let context = || format!("the store `{}`", path.display());
    let store = match Store::open_existing(path).await {
        Err(store::Error::InUse) => return Ok(Door::beside(&existing(path).await?)),
        opened => opened.with_context(context)?,
    };
    let is_new = store.size().await.with_context(context)? == 0;
    let signing = (signing_key(path, key, is_new)?, clock::random()?);
    Door::alone(&store, signing, clock::wall()).await.with_context(context)
}

/// The minimum length of the beginning of an id. Shorter ones could match several decisions.
const ID_CHARS_MIN: usize = 6;

/// The only decision whose id begins with `id`.
pub(crate) async fn decision(store: &Store, id: &str) -> anyhow::Result<store::Listed> {
    if id.len() < ID_CHARS_MIN {
        bail!("`{id}` is too short for an id; give at least {ID_CHARS_MIN} characters of it");
    }
    let mut found = store.decision(id).await?;
    if found.len() > 1 {
        bail!("more than one decision begins with `{id}`; give more of its id");
    }
    found.pop().with_context(|| format!("there is no decision `{id}`"))
}

/// The public key in `text`: hex, or a file that holds it.
pub(crate) fn public_key(text: &str) -> anyhow::Result<PublicKey> {
    let content = if Path::new(text).is_file() {
        crate::files::text(Path::new(text))?
    } else {
        text.to_owned()
    };
    PublicKey::from_hex(&content)
        .context("a public key has 64 hex digits; `probity ledger show` prints it")
}
