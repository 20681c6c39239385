//! Compares the tables of people's work with the changes in the log.

use std::collections::HashSet;

use store::{ChangeRow, RowChange};

use super::{Beside, Check};
use crate::error::Error;
use crate::images::{self, Compared, Images};
use crate::recorder::commitment;

impl Check<'_> {
    /// Checks the rows that an entry says were written outside the log.
    pub(super) fn changed(
        &mut self,
        seq: u64,
        committed: &str,
        beside: &mut Beside,
    ) -> Result<(), Error> {
        let Some(row) = beside.changes.next_if(|row| row.seq == seq) else {
            self.find("change", seq, "the changes are missing");
            return Ok(());
        };
        self.rows[3] += 1;
        let (Some(salt), Some(packed)) = (row.salt, row.rows) else {
            self.empty.insert(seq);
            self.empty_changes += 1;
            return Ok(());
        };
        if hex::encode(commitment(salt, packed.clone())) != committed {
            self.find("change", seq, "the changes are not those that were committed to");
            return Ok(());
        }
        match ChangeRow::read(&packed) {
            Ok(changes) => {
                changes.iter().for_each(|change| self.images.apply(seq, change));
                self.report.changes += changes.len() as u64;
            }
            Err(error) => self.find("change", seq, error.to_string()),
        }
        Ok(())
    }

    /// Compares the rows of people's work with the changes in the log.
    pub(super) async fn tables(&mut self, size: u64) -> Result<(), Error> {
        let images = std::cell::RefCell::new(std::mem::take(&mut self.images));
        let (mut same, mut wrong, mut unread) = (0, Vec::new(), Vec::new());
        let mut begin = |row: ChangeRow| {
            let Some(packed) = &row.rows else { return Ok(()) };
            let changes = ChangeRow::read(packed)?;
            changes.iter().for_each(|change| images.borrow_mut().apply(row.seq, change));
            Ok(())
        };
        let mut see = |row: Result<RowChange, (&'static str, String)>| match row {
            Err(damage) => unread.push(damage),
            Ok(row) => match images.borrow_mut().compare(&row) {
                Compared::Same => same += 1,
                differs => wrong.push((row, differs)),
            },
        };
        self.store.rows_at_once(size, &mut begin, &mut see).await?;
        self.report.rows = same;
        for (table, what) in unread {
            self.find(table, 0, format!("rows cannot be read: {what}"));
        }
        for (row, compared) in wrong {
            self.row(&row, compared).await?;
        }
        self.missing(images.into_inner()).await
    }

    /// Reports a row that differs from the log.
    async fn row(&mut self, row: &RowChange, compared: Compared) -> Result<(), Error> {
        let table = table(row);
        let seq = match compared {
            Compared::Differs(seq) => seq,
            _ => {
                let what = format!("the row `{}` is in no entry", row.key());
                self.find(table, 0, what);
                return Ok(());
            }
        };
        let mut columns = Vec::new();
        for change in self.changes_at(seq).await? {
            if change.table == row.table && change.key() == row.key() {
                columns = images::columns(&change, row);
            }
        }
        let what =
            format!("the row `{}` is not as it was written: {}", row.key(), columns.join(", "));
        self.find(table, seq, what);
        Ok(())
    }

    async fn missing(&mut self, images: Images) -> Result<(), Error> {
        let mut named = HashSet::new();
        for seq in images.missing() {
            for change in self.changes_at(seq).await? {
                if images.has(&change) && named.insert((change.table.clone(), change.key())) {
                    self.find(
                        table(&change),
                        seq,
                        format!("the row `{}` is missing", change.key()),
                    );
                }
            }
        }
        Ok(())
    }

    async fn changes_at(&self, seq: u64) -> Result<Vec<RowChange>, Error> {
        let row = self.store.changes(seq, seq + 1).await?.pop();
        let packed = row.and_then(|row| row.rows);
        Ok(packed.map_or(Ok(Vec::new()), |packed| ChangeRow::read(&packed))?)
    }
}

/// The table of a row, as a static name.
fn table(row: &RowChange) -> &'static str {
    store::SHAPES.iter().find(|shape| shape.name == row.table).map_or("change", |shape| shape.name)
}
