//! The values that conditions are computed from, borrowed from their event.

/// The type of a [`Value`], as shown to rule authors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `true` or `false`.
    Bool,
    /// A whole number of 64 bits.
    Int,
    /// A floating-point number of 64 bits.
    Double,
    /// UTF-8 text.
    Str,
    /// A list of texts.
    Strs,
    /// A moment, to the millisecond.
    Time,
    /// A span of time, in milliseconds.
    Duration,
}

impl Kind {
    /// The name that rule authors use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Double => "double",
            Self::Str => "string",
            Self::Strs => "list",
            Self::Time => "timestamp",
            Self::Duration => "duration",
        }
    }
}

impl Kind {
    /// The name with its article.
    #[must_use]
    pub const fn with_article(self) -> &'static str {
        match self {
            Self::Bool => "a bool",
            Self::Int => "an int",
            Self::Double => "a double",
            Self::Str => "a string",
            Self::Strs => "a list",
            Self::Time => "a timestamp",
            Self::Duration => "a duration",
        }
    }
}

/// The value of a field or an expression: of one [`Kind`], or unknown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Not given, or not computable (a division by zero, an overflow).
    Unknown,
    /// A value of [`Kind::Bool`].
    Bool(bool),
    /// A value of [`Kind::Int`].
    Int(i64),
    /// A value of [`Kind::Double`].
    Double(f64),
    /// A value of [`Kind::Str`].
    Str(&'a str),
    /// A value of [`Kind::Strs`].
    Strs(&'a [String]),
    /// Milliseconds since 1970-01-01T00:00:00Z.
    Time(i64),
    /// Milliseconds.
    Duration(i64),
}

impl Value<'_> {
    /// Whether the value is known.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        !matches!(self, Self::Unknown)
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<u64> for Value<'_> {
    fn from(value: u64) -> Self {
        // A number too large to compare becomes the largest possible: `followers >= 1000` holds.
        Self::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<u32> for Value<'_> {
    fn from(value: u32) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<u8> for Value<'_> {
    fn from(value: u8) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<f64> for Value<'_> {
    fn from(value: f64) -> Self {
        if value.is_finite() { Self::Double(value) } else { Self::Unknown }
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(value: &'a String) -> Self {
        Self::Str(value)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Str(value)
    }
}

impl<'a> From<&'a Vec<String>> for Value<'a> {
    fn from(value: &'a Vec<String>) -> Self {
        Self::Strs(value)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Unknown, Into::into)
    }
}

impl std::fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unknown => f.write_str("unknown"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Double(value) => write!(f, "{value}"),
            Self::Str(value) => write!(f, "{value:?}"),
            Self::Strs(values) => write!(f, "{values:?}"),
            Self::Time(ms) => match jiff::Timestamp::from_millisecond(*ms) {
                Ok(time) => write!(f, "{time}"),
                Err(_) => f.write_str("unknown"),
            },
            Self::Duration(ms) => write!(f, "{ms}ms"),
        }
    }
}
