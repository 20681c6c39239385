//! Rebuilds the tables of people's work from the log.

use std::collections::HashSet;

use store::{Batch, ChangeRow, RowChange, Store};

use crate::error::Error;
use crate::images::{Compared, Images};
use crate::replay::CHUNK;
use crate::verify;

/// The result of a rebuild.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Rebuilt {
    /// Number of rows that differed from the log or were missing, and were written again.
    pub written: u64,
    /// Number of rows that no entry contains, and that were removed.
    pub removed: u64,
}

/// Restores every row of every proven table to what the log says. Passwords and second factors of
/// accounts that were removed from the file are not in the log, and must be set again.
///
/// # Errors
///
/// [`Error::Damaged`] if the log itself is damaged: nothing is rebuilt from it then.
/// [`Error::Store`] if the store cannot be read or written.
pub async fn rebuild(store: &Store, progress: &mut dyn FnMut(u64)) -> Result<Rebuilt, Error> {
    let report = verify::verify(store, None, progress).await?;
    let is_row = |table: &str| store::SHAPES.iter().any(|shape| shape.name == table);
    if let Some(found) = report.findings.iter().find(|found| !is_row(found.table)) {
        let (table, seq, what) = (found.table, found.seq, &found.what);
        return Err(Error::Damaged(format!("{table} {seq}: {what}; restore a copy of the store")));
    }
    let mut images = images(store).await?;
    let (mut wrong, mut batch) = (HashSet::new(), Batch::default());
    for shape in store::SHAPES {
        let see = |row: RowChange| {
            match images.compare(&row) {
                Compared::Same => {}
                Compared::Differs(_) => drop(wrong.insert((row.table.clone(), row.key()))),
                Compared::TooMany => batch.rows.push(row.removal()),
            }
            Ok(())
        };
        store.each_row(shape, see).await?;
    }
    let removed = batch.rows.len() as u64;
    let written = wrong.len() as u64 + images.count();
    if written > 0 {
        each(store, |_, changes| {
            let is_due = |change: &RowChange| {
                images.has(change) || wrong.contains(&(change.table.clone(), change.key()))
            };
            batch.rows.extend(changes.into_iter().filter(is_due));
            Ok(())
        })
        .await?;
    }
    store.commit(&batch).await?;
    Ok(Rebuilt { written, removed })
}

async fn images(store: &Store) -> Result<Images, Error> {
    let mut images = Images::default();
    each(store, |seq, changes| {
        changes.iter().for_each(|change| images.apply(seq, change));
        Ok(())
    })
    .await?;
    Ok(images)
}

/// Passes all changes to `see`, in order.
async fn each(
    store: &Store,
    mut see: impl FnMut(u64, Vec<RowChange>) -> Result<(), Error>,
) -> Result<(), Error> {
    let (mut from, size) = (0, store.size().await?);
    while from < size {
        let until = (from + u64::from(CHUNK)).min(size);
        for row in store.changes(from, until).await? {
            let Some(kept) = &row.rows else { continue };
            see(row.seq, ChangeRow::read(kept)?)?;
        }
        from = until;
    }
    Ok(())
}
