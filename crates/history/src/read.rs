//! Reads files: whole rows, or only the columns that are needed.

use arrow_array::RecordBatchReader as _;
use arrow_select::concat::concat_batches;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use types::EventType;

use crate::columns::Frame;
use crate::{Error, File, History, HistoryRow};

/// Rows read at a time.
const BATCH_ROWS: usize = 50_000;

impl History {
    /// The events of a file side by side: the columns of the event, and those of the payload that
    /// `payload` names (`event`, `facts`, `decision`, `salt`).
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] if the file is not what was written.
    pub async fn frame(&self, file: &File, payload: &[&str]) -> Result<Frame, Error> {
        let bytes = self.bytes(file).await?;
        frame(file, bytes, payload)
    }

    /// The rows of a file, with their payloads.
    pub(crate) async fn read_rows(&self, file: &File) -> Result<Vec<HistoryRow>, Error> {
        self.frame(file, &crate::columns::PAYLOAD).await?.rows()
    }
}

pub(crate) fn frame(file: &File, bytes: bytes::Bytes, payload: &[&str]) -> Result<Frame, Error> {
    let found = frame_of(file, bytes.clone(), payload)?;
    if found.is_partial() && !payload.contains(&"event") {
        // Events that do not fit the columns are in the payload only.
        let more: Vec<&str> = payload.iter().copied().chain(["event"]).collect();
        return frame_of(file, bytes, &more);
    }
    Ok(found)
}

fn frame_of(file: &File, bytes: bytes::Bytes, payload: &[&str]) -> Result<Frame, Error> {
    let damaged = |why: String| Error::Damaged(file.path.clone(), why);
    let kind = EventType::from_name(&file.r#type);
    let kind = kind.ok_or_else(|| damaged("its type is not known".to_owned()))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes)
        .map_err(|error| damaged(error.to_string()))?;
    let names = crate::columns::event_fields();
    let roots = builder.schema().fields().iter().enumerate().filter(|(_, field)| {
        let name = field.name().as_str();
        names.iter().any(|known| known.name() == name) || payload.contains(&name)
    });
    let roots: Vec<usize> = roots.map(|(at, _)| at).collect();
    let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
    let reader = builder
        .with_projection(mask)
        .with_batch_size(BATCH_ROWS)
        .build()
        .map_err(|error| damaged(error.to_string()))?;
    let schema = reader.schema();
    let batches: Result<Vec<_>, _> = reader.collect();
    let batches = batches.map_err(|error| damaged(error.to_string()))?;
    let batch = concat_batches(&schema, &batches).map_err(|error| damaged(error.to_string()))?;
    Ok(Frame::new(kind, batch))
}
