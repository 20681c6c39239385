//! Numbers of the Code: `14` is a commitment, `14.1` a measure, `14.1.1` a question or indicator.

use std::fmt;

/// A number of the Code. Numbers sort as the Code does: `9` before `14`, `14` before `14.1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number([u8; 3]);

impl Number {
    /// The number of these parts; 0 stands for a part that is absent.
    pub(super) const fn new(commitment: u8, measure: u8, last: u8) -> Self {
        Self([commitment, measure, last])
    }

    /// The number that `text` spells; `None` if it spells none. There is one spelling of each
    /// number: no spaces, no leading zeros.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = [0; 3];
        for (at, part) in text.split('.').enumerate() {
            if part.starts_with(['0', '+']) {
                return None;
            }
            *parts.get_mut(at)? = part.parse().ok()?;
        }
        Some(Self(parts))
    }

    /// The commitment that it belongs to, or is.
    #[must_use]
    pub const fn commitment(self) -> Self {
        Self([self.0[0], 0, 0])
    }

    /// The measure that it belongs to, or is. Of a commitment, the commitment.
    #[must_use]
    pub const fn measure(self) -> Self {
        Self([self.0[0], self.0[1], 0])
    }

    /// Whether it is the number of a commitment.
    #[must_use]
    pub const fn is_commitment(self) -> bool {
        self.0[1] == 0
    }

    /// Whether it is the number of a measure.
    #[must_use]
    pub const fn is_measure(self) -> bool {
        self.0[1] != 0 && self.0[2] == 0
    }

    /// Whether it is the number of a question or an indicator.
    #[must_use]
    pub const fn is_question(self) -> bool {
        self.0[2] != 0
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = self.0.iter().take_while(|part| **part != 0);
        let parts: Vec<String> = parts.map(u8::to_string).collect();
        f.write_str(&parts.join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_spelled_in_one_way_only() {
        for text in ["14", "14.1", "14.1.1"] {
            assert_eq!(Number::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "0", "014", "14.", "14.0", "+14", "14.1.1.1", "256", " 14", "14,1", "x"] {
            assert_eq!(Number::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn commitment_nine_does_not_sort_behind_commitment_fourteen() {
        let number = |text: &str| Number::parse(text).unwrap();
        assert!(number("9") < number("14"));
        assert!(number("14") < number("14.1") && number("14.1") < number("14.1.1"));
        assert!(number("14.2") < number("14.10"));
    }
}
