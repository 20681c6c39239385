//! Verifies a history: every file exists, has its digest, and contains what the manifest says.

use crate::read::frame;
use crate::{Error, File, Frame, History};

/// A fault of a file.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// The file.
    pub path: String,
    /// The fault.
    pub what: String,
}

/// The result of a verification.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Verified {
    /// Files read.
    pub files: u64,
    /// Events read.
    pub rows: u64,
    /// The faults.
    pub findings: Vec<Finding>,
}

impl History {
    /// Reads every file. `look` gets each sound one, and returns the faults of its events.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if the place does not answer.
    pub async fn verify(
        &self,
        look: &mut (dyn FnMut(&File, &Frame) -> Vec<String> + Send),
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Verified, Error> {
        let mut verified = Verified::default();
        for file in &self.manifest.files {
            verified.files += 1;
            verified.rows = verified.rows.saturating_add(file.rows);
            let wrong = match self.sound(file).await {
                Ok(frame) => look(file, &frame),
                Err(Error::Damaged(_, why)) => vec![why],
                Err(error) => return Err(error),
            };
            let path = &file.path;
            let finding = |what| Finding { path: path.clone(), what };
            verified.findings.extend(wrong.into_iter().map(finding));
            progress(verified.rows);
        }
        Ok(verified)
    }

    async fn sound(&self, file: &File) -> Result<Frame, Error> {
        let damaged = |why: &str| Error::Damaged(file.path.clone(), why.to_owned());
        let bytes = self.bytes(file).await?;
        let frame = frame(file, bytes, &crate::columns::PAYLOAD)?;
        if frame.len() as u64 != file.rows {
            return Err(damaged("it holds another number of events"));
        }
        let seqs = frame.seqs();
        let is_ascending = seqs.windows(2).all(|pair| pair[0] < pair[1]);
        let ends = (seqs.first().copied(), seqs.last().copied());
        let said = (i64::try_from(file.seqs.0).ok(), i64::try_from(file.seqs.1).ok());
        if !is_ascending || ends != said {
            return Err(damaged("its events are not those of its name"));
        }
        for (at, event) in frame.events()?.into_iter().enumerate() {
            let kept = types::Event::parse(&frame.payload(at).event);
            if kept.as_ref() != Ok(&event) {
                return Err(damaged("its columns differ from what was kept"));
            }
        }
        Ok(frame)
    }
}
