//! CloudEvents in JSON: one per line (NDJSON), or a batch in an array.

use std::io::{self, BufRead, Read as _};

use types::Reject;

use crate::reader::{Limits, Raw};

/// Reads the elements of a JSON array one after the other, without holding the array in memory.
///
/// Elements are split by brackets and quotes alone and parsed later, so that a bad one affects no
/// other.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    is_open: bool,
    is_over: bool,
    count: u64,
}

/// The state of splitting within an element.
#[derive(Default)]
struct Cut {
    depth: u32,
    is_text: bool,
    is_escaped: bool,
    is_too_long: bool,
}

impl Batch {
    /// The next element; `None` at the end of the array.
    pub(crate) fn next(
        &mut self,
        input: &mut dyn BufRead,
        limits: &Limits,
        buffer: &mut Vec<u8>,
    ) -> io::Result<Option<Raw>> {
        buffer.clear();
        if self.is_over && !self.reopens(input)? {
            return Ok(None);
        }
        self.count += 1;
        if self.count == 1 && !is_array(input)? {
            return self.all(input, limits, buffer).map(Some);
        }
        let mut cut = Cut::default();
        loop {
            let bytes = input.fill_buf()?;
            if bytes.is_empty() {
                self.is_over = true;
                let reject = Reject::MalformedJson(
                    "the array ends in the middle; the sender stopped early".into(),
                );
                return Ok(Some(Raw { place: self.count, reject: Some(reject) }));
            }
            let (used, is_done) = self.take(bytes, &mut cut, limits, buffer);
            input.consume(used);
            if is_done {
                return Ok(self.element(&cut, limits, buffer));
            }
        }
    }

    /// The whole input, refused because it is not an array.
    fn all(
        &mut self,
        input: &mut dyn BufRead,
        limits: &Limits,
        buffer: &mut Vec<u8>,
    ) -> io::Result<Raw> {
        self.is_over = true;
        (&mut *input).take(limits.record_bytes_max as u64).read_to_end(buffer)?;
        io::copy(input, &mut io::sink())?;
        let message = "a batch is an array of events; send a single event as \
            application/cloudevents+json";
        Ok(Raw { place: 1, reject: Some(Reject::MalformedJson(message.to_owned())) })
    }

    /// Whether anything follows the array. Another array is read as well; anything else becomes one
    /// element that is refused.
    fn reopens(&mut self, input: &mut dyn BufRead) -> io::Result<bool> {
        loop {
            let bytes = input.fill_buf()?;
            let Some(first) = bytes.first().copied() else { return Ok(false) };
            if !first.is_ascii_whitespace() {
                self.is_over = false;
                self.is_open = first != b'[';
                return Ok(true);
            }
            input.consume(1);
        }
    }

    fn element(&self, cut: &Cut, limits: &Limits, buffer: &[u8]) -> Option<Raw> {
        if cut.is_too_long {
            let reject = Some(Reject::TooLong(limits.record_bytes_max));
            return Some(Raw { place: self.count, reject });
        }
        let is_empty = buffer.iter().all(u8::is_ascii_whitespace);
        if is_empty && self.is_over {
            return None;
        }
        Some(Raw { place: self.count, reject: None })
    }

    /// Adds bytes to the element; returns how many, and whether the element is complete.
    fn take(
        &mut self,
        bytes: &[u8],
        cut: &mut Cut,
        limits: &Limits,
        buffer: &mut Vec<u8>,
    ) -> (usize, bool) {
        for (at, byte) in bytes.iter().copied().enumerate() {
            if !self.is_open {
                self.is_open = byte == b'[';
                continue;
            }
            if cut.depth == 0 && !cut.is_text && matches!(byte, b',' | b']') {
                self.is_over = byte == b']';
                return (at + 1, true);
            }
            cut.step(byte);
            if buffer.len() < limits.record_bytes_max {
                buffer.push(byte);
            } else {
                cut.is_too_long = true;
            }
        }
        (bytes.len(), false)
    }
}

/// Whether the next bytes can begin an array.
fn is_array(input: &mut dyn BufRead) -> io::Result<bool> {
    loop {
        let bytes = input.fill_buf()?;
        match bytes.first() {
            Some(first) if first.is_ascii_whitespace() => input.consume(1),
            first => return Ok(first.is_none_or(|first| *first == b'[')),
        }
    }
}

impl Cut {
    const fn step(&mut self, byte: u8) {
        if self.is_text {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' => self.is_escaped = true,
                b'"' => self.is_text = false,
                _ => {}
            }
            return;
        }
        match byte {
            b'"' => self.is_text = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }
}
