//! The location of a history: a folder, or a bucket of object storage.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::manifest::{self, Manifest};
use crate::{Error, File};

/// A folder or bucket that can contain a history.
#[derive(Clone, Debug)]
pub struct Location {
    name: String,
    /// The file that the writer locks; object storage has none.
    lock: Option<PathBuf>,
    objects: Arc<dyn ObjectStore>,
    root: Path,
}

impl Location {
    /// The place called `name`: a folder, which is created if it does not exist, or a URL such as
    /// `s3://bucket/folder`, whose credentials come from the environment.
    ///
    /// # Errors
    ///
    /// [`Error::Place`] if no history can be there.
    pub fn new(name: &str) -> Result<Self, Error> {
        let wrong = |why: String| Error::Place(name.to_owned(), why);
        if !name.contains("://") {
            std::fs::create_dir_all(name).map_err(|error| wrong(error.to_string()))?;
            let folder = LocalFileSystem::new_with_prefix(name)
                .map_err(|error| wrong(error.to_string()))?
                .with_automatic_cleanup(true);
            let (objects, root) = (Arc::new(folder), Path::default());
            let lock = Some(std::path::Path::new(name).join(".lock"));
            return Ok(Self { name: name.to_owned(), lock, objects, root });
        }
        let url = Url::parse(name).map_err(|error| wrong(error.to_string()))?;
        let options = std::env::vars().map(|(key, value)| (key.to_ascii_lowercase(), value));
        let (objects, root) = object_store::parse_url_opts(&url, options)
            .map_err(|error| wrong(error.to_string()))?;
        Ok(Self { name: name.to_owned(), lock: None, objects: objects.into(), root })
    }

    /// Locks the place against other writers, where locks are supported.
    fn locked(&self) -> Result<Option<Arc<std::fs::File>>, Error> {
        let Some(path) = &self.lock else { return Ok(None) };
        let wrong = |error: std::io::Error| Error::Place(self.name.clone(), error.to_string());
        let file = std::fs::File::create(path).map_err(wrong)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Arc::new(file))),
            Err(std::fs::TryLockError::WouldBlock) => Err(Error::InUse(self.name.clone())),
            Err(std::fs::TryLockError::Error(error)) => Err(wrong(error)),
        }
    }

    fn path(&self, name: &str) -> Path {
        name.split('/').fold(self.root.clone(), |path, part| path.join(part))
    }

    /// The contents of `name` there; `None` if it does not exist.
    pub(crate) async fn get(&self, name: &str) -> Result<Option<Bytes>, Error> {
        match self.objects.get(&self.path(name)).await {
            Ok(found) => Ok(Some(found.bytes().await?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes `bytes` there under `name`, completely or not at all.
    pub(crate) async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), Error> {
        self.objects.put(&self.path(name), bytes.into()).await?;
        Ok(())
    }

    /// The names of all files there.
    pub(crate) async fn list(&self) -> Result<Vec<String>, Error> {
        let root = self.root.as_ref().trim_end_matches('/');
        let mut found = self.objects.list(Some(&self.root));
        let mut names = Vec::new();
        while let Some(object) = found.try_next().await? {
            let path = object.location.as_ref();
            let name = path.strip_prefix(root).unwrap_or(path).trim_start_matches('/');
            names.push(name.to_owned());
        }
        Ok(names)
    }

    /// Removes `name` there, if it exists.
    pub(crate) async fn remove(&self, name: &str) -> Result<(), Error> {
        match self.objects.delete(&self.path(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Whether `name` has the form of a history's files: `type=…/hour=…/….parquet`.
fn is_ours(name: &str) -> bool {
    let parts: Vec<&str> = name.split('/').collect();
    let [kind, hour, file] = parts.as_slice() else { return false };
    let kind = kind.strip_prefix("type=").and_then(types::EventType::from_name);
    kind.is_some() && hour.starts_with("hour=") && file.ends_with(".parquet")
}

/// A history at its place. It has one writer at a time and any number of readers.
#[derive(Clone, Debug)]
pub struct History {
    pub(crate) place: Location,
    pub(crate) manifest: Manifest,
    /// The writer's lock.
    _lock: Option<Arc<std::fs::File>>,
}

impl History {
    /// The history at `place`.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is none; [`Error::Damaged`], [`Error::Form`] or
    /// [`Error::Unavailable`] if it cannot be read.
    pub async fn open(place: Location) -> Result<Self, Error> {
        let name = place.name.clone();
        Self::find(place).await?.ok_or(Error::NotFound(name))
    }

    /// The history at `place`, for its one writer.
    ///
    /// # Errors
    ///
    /// [`Error::InUse`] while another process writes it, where that can be detected; else as
    /// [`History::open`].
    pub async fn open_to_write(place: Location) -> Result<Self, Error> {
        let lock = place.locked()?;
        Ok(Self { _lock: lock, ..Self::open(place).await? })
    }

    /// The history at `place`, for its one writer; a new one, for the ledger that begins with that
    /// hash, if there is none.
    ///
    /// # Errors
    ///
    /// As [`History::open_to_write`]; [`Error::NotEmpty`] if there are files without a manifest.
    pub async fn find_to_write(place: Location, ledger: String) -> Result<Self, Error> {
        let lock = place.locked()?;
        if let Some(found) = Self::find(place.clone()).await? {
            return Ok(Self { _lock: lock, ..found });
        }
        if place.list().await?.iter().any(|name| is_ours(name)) {
            return Err(Error::NotEmpty(place.name));
        }
        Ok(Self { place, manifest: Manifest::new(ledger), _lock: lock })
    }

    /// The history at `place`, if there is one.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`], [`Error::Form`] or [`Error::Unavailable`] if it cannot be read.
    pub async fn find(place: Location) -> Result<Option<Self>, Error> {
        let Some(bytes) = place.get(manifest::NAME).await? else { return Ok(None) };
        let manifest = Manifest::parse(&bytes)?;
        Ok(Some(Self { place, manifest, _lock: None }))
    }

    /// A new history at `place`, for the ledger that begins with that hash.
    #[must_use]
    pub const fn new(place: Location, ledger: String) -> Self {
        Self { place, manifest: Manifest::new(ledger), _lock: None }
    }

    /// Removes files that the manifest does not name, as a killed roll leaves them. For the one
    /// writer only.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if the place does not answer.
    pub async fn sweep(&self) -> Result<u64, Error> {
        let named: std::collections::HashSet<&str> =
            self.manifest.files.iter().map(|file| file.path.as_str()).collect();
        let mut swept = 0;
        for name in self.place.list().await? {
            if is_ours(&name) && !named.contains(name.as_str()) {
                self.place.remove(&name).await?;
                swept += 1;
            }
        }
        Ok(swept)
    }

    /// Its manifest.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The name of its place.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.place.name
    }

    /// Writes the manifest, after the files that it names.
    pub(crate) async fn save(&self) -> Result<(), Error> {
        let bytes = serde_json::to_vec(&self.manifest)
            .map_err(|error| Error::Damaged(manifest::NAME.to_owned(), error.to_string()))?;
        self.place.put(manifest::NAME, bytes).await
    }

    /// The bytes of a file, checked against its digest.
    pub(crate) async fn bytes(&self, file: &File) -> Result<Bytes, Error> {
        let bytes = self.place.get(&file.path).await?;
        let damaged = |why: &str| Error::Damaged(file.path.clone(), why.to_owned());
        let bytes = bytes.ok_or_else(|| damaged("it is missing"))?;
        if hex::encode(Sha256::digest(&bytes)) != file.sha256 {
            return Err(damaged("its digest is another"));
        }
        Ok(bytes)
    }
}
