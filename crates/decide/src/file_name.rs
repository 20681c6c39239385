//! Valid names for files of a policy set: none can lead anywhere else on a disk.

/// Longer names are refused.
const NAME_CHARS_MAX: usize = 64;

/// The error for any other name.
pub const NAMES: &str =
    "write NAME.toml or lists/NAME.txt, with 1 to 64 letters, digits, `_` and `-`";

/// Whether a file of a policy set may have the name `name`.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let list = name.strip_prefix("lists/").and_then(|name| name.strip_suffix(".txt"));
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    list.or_else(|| name.strip_suffix(".toml"))
        .is_some_and(|stem| (1..=NAME_CHARS_MAX).contains(&stem.len()) && stem.bytes().all(is_word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_a_policy_set_have_names() {
        for name in ["civic.toml", "lists/ro_voting.txt", "a-1.toml"] {
            assert!(is_name(name), "{name}");
        }
        for name in [
            "",
            ".toml",
            "../x.toml",
            "../../x.toml",
            "/x.toml",
            "a/b.toml",
            "lists/x.toml",
            "lists/../x.txt",
            "x.txt",
            "x",
        ] {
            assert!(!is_name(name), "{name}");
        }
    }
}
