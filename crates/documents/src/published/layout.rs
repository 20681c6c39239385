//! Where the columns of the template stand in a file.
//!
//! Columns are found by their header cells, so that an added column does not move the others. If
//! less than half of them are found, the header is taken for a translation and the columns are read
//! by position.

use crate::template::{Sheet, plain};

/// How a column of the template stands in the header of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// At this position, with the words of the template.
    Same(usize),
    /// At this position, with other words.
    Different(usize),
    /// The file does not have the column.
    Missing,
}

impl Header {
    /// The position in the file, from 0.
    pub const fn position(self) -> Option<usize> {
        match self {
            Self::Same(at) | Self::Different(at) => Some(at),
            Self::Missing => None,
        }
    }
}

/// The places of the template's columns in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// One for each column of the template.
    pub columns: Vec<Header>,
    /// Positions in the file that are no column of the template, from 0.
    pub extra: Vec<usize>,
    /// Whether the header is not in the words of the template.
    pub is_translated: bool,
}

impl Layout {
    /// The layout of a file of that sheet with these header cells.
    pub fn new(sheet: &Sheet, cells: &[&str]) -> Self {
        let cells: Vec<_> = cells.iter().map(|cell| plain(cell).to_lowercase()).collect();
        let found = by_words(sheet, &cells);
        let is_translated = found.iter().flatten().count() * 2 < found.len();
        let columns = if is_translated {
            by_position(&found, cells.len())
        } else {
            filled(&found, cells.len())
        };
        let is_used = |at: &usize| columns.iter().any(|column| column.position() == Some(*at));
        let extra = (0..cells.len()).filter(|at| !is_used(at)).collect();
        Self { columns, extra, is_translated }
    }
}

/// The position of each column whose words are in the header.
fn by_words(sheet: &Sheet, cells: &[String]) -> Vec<Option<usize>> {
    let mut is_taken = vec![false; cells.len()];
    let mut find = |name: &str| {
        let name = name.to_lowercase();
        let at = (0..cells.len()).find(|at| !is_taken[*at] && cells[*at] == name)?;
        is_taken[at] = true;
        Some(at)
    };
    sheet.header().map(&mut find).collect()
}

fn by_position(found: &[Option<usize>], width: usize) -> Vec<Header> {
    let header = |(at, found): (usize, &Option<usize>)| match found {
        _ if at >= width => Header::Missing,
        Some(place) if *place == at => Header::Same(at),
        _ => Header::Different(at),
    };
    found.iter().enumerate().map(header).collect()
}

/// A column that was not found stands behind its left neighbour, if nothing else stands there.
fn filled(found: &[Option<usize>], width: usize) -> Vec<Header> {
    let mut columns: Vec<Header> = Vec::with_capacity(found.len());
    for place in found {
        let next = columns.last().map_or(Some(0), |left| left.position().map(|at| at + 1));
        let is_free = |at: &usize| *at < width && !found.contains(&Some(*at));
        columns.push(match (place, next.filter(is_free)) {
            (Some(at), _) => Header::Same(*at),
            (None, Some(at)) => Header::Different(at),
            (None, None) => Header::Missing,
        });
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::SheetId;

    fn layout(cells: &[&str]) -> Layout {
        Layout::new(SheetId::Qualitative.sheet(), cells)
    }

    #[test]
    fn the_template_is_itself() {
        let header = ["Applicability", "Service ", "Reporting period", "Indicator", "Value"];
        let layout = layout(&header);
        assert!((0..5).all(|at| layout.columns[at] == Header::Same(at)));
        assert_eq!((layout.extra, layout.is_translated), (Vec::new(), false));
    }

    #[test]
    fn an_added_column_moves_the_others() {
        let layout = layout(&[
            "Applicability",
            "Service",
            "Label",
            "Reporting period",
            "Indicator",
            "Value",
        ]);
        assert_eq!(layout.columns[2], Header::Same(3));
        assert_eq!(layout.extra, [2]);
    }

    #[test]
    fn an_overwritten_cell_stays_in_its_place() {
        let layout = layout(&["ty", "Service", "Reporting period", "Indicator", "Value"]);
        assert_eq!(layout.columns[0], Header::Different(0));
        assert_eq!(layout.columns[1], Header::Same(1));
    }

    #[test]
    fn a_translated_header_is_read_by_position() {
        let layout = layout(&["Für wen", "Service", "Zeitraum", "Angabe"]);
        assert!(layout.is_translated);
        assert_eq!(layout.columns[3], Header::Different(3));
        assert_eq!(layout.columns[4], Header::Missing);
    }
}
