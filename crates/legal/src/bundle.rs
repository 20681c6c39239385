//! The texts of letters, by language: one file of messages each (Project Fluent, with the plural
//! rules of Unicode CLDR). A test asks that every file has every message.

use std::borrow::Cow;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

/// A language with its messages; letters to speakers of any other are in the first.
const FILES: [(&str, &str); 4] = [
    ("en", include_str!("../messages/en.ftl")),
    ("fr", include_str!("../messages/fr.ftl")),
    ("ro", include_str!("../messages/ro.ftl")),
    ("de", include_str!("../messages/de.ftl")),
];

static BUNDLES: LazyLock<Vec<Bundle>> = LazyLock::new(|| FILES.map(Bundle::read).into());

/// A value that a message names.
pub(crate) type Value = (&'static str, FluentValue<'static>);

/// The messages of one language.
pub(crate) struct Bundle {
    /// The tag of the language.
    pub(crate) language: &'static str,
    messages: FluentBundle<FluentResource>,
}

impl Bundle {
    fn read((language, text): (&'static str, &str)) -> Self {
        let locale = language.parse().unwrap_or_default();
        let mut messages = FluentBundle::new_concurrent(vec![locale]);
        // Without marks around values: letters are read as plain text.
        messages.set_use_isolating(false);
        // A test reads every file.
        let read = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(read, _)| read);
        messages.add_resource_overriding(read);
        Self { language, messages }
    }

    /// The messages of `language`, a tag of which only the language counts.
    pub(crate) fn of(language: &str) -> &'static Self {
        let code = types::language::code(language);
        let found = BUNDLES.iter().find(|bundle| Some(bundle.language) == code.as_deref());
        found.unwrap_or(&BUNDLES[0])
    }

    /// The message `id`, if there is one.
    pub(crate) fn known(&self, id: &str, values: &[Value]) -> Option<String> {
        let pattern = self.messages.get_message(id)?.value()?;
        let args: FluentArgs<'_> = values.iter().cloned().collect();
        let text = self.messages.format_pattern(pattern, Some(&args), &mut Vec::new());
        Some(text.into_owned())
    }

    /// The message `id` with `values` in their places. Values are never read as messages.
    pub(crate) fn fill(&self, id: &str, values: &[Value]) -> String {
        self.known(id, values).unwrap_or_default()
    }

    /// The message `id`.
    pub(crate) fn say(&self, id: &str) -> String {
        self.fill(id, &[])
    }
}

/// A value of text.
pub(crate) fn value(name: &'static str, text: impl Into<String>) -> Value {
    (name, FluentValue::String(Cow::Owned(text.into())))
}

/// The messages of all languages.
pub(crate) fn all() -> &'static [Bundle] {
    &BUNDLES
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use fluent_bundle::FluentResource;
    use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};

    use super::*;

    fn names(pattern: &Pattern<&str>, found: &mut BTreeSet<String>) {
        for element in &pattern.elements {
            let PatternElement::Placeable { expression } = element else { continue };
            let inline = match expression {
                Expression::Inline(inline) => inline,
                Expression::Select { selector, variants } => {
                    variants.iter().for_each(|variant| names(&variant.value, found));
                    selector
                }
            };
            if let InlineExpression::VariableReference { id } = inline {
                found.insert(id.name.to_lowercase());
            }
        }
    }

    /// The messages of a file, with the values that they name.
    fn messages(text: &str) -> BTreeMap<String, BTreeSet<String>> {
        let read = FluentResource::try_new(text.to_owned()).unwrap();
        let message = |entry: &Entry<&str>| match entry {
            Entry::Message(message) => {
                let mut found = BTreeSet::new();
                names(message.value.as_ref().unwrap(), &mut found);
                Some((message.id.name.to_owned(), found))
            }
            _ => None,
        };
        read.entries().filter_map(message).collect()
    }

    #[test]
    fn every_language_has_every_message_with_the_same_values() {
        let english = messages(FILES[0].1);
        for (language, text) in FILES {
            let other = messages(text);
            let ids: Vec<_> = english.keys().collect();
            assert_eq!(other.keys().collect::<Vec<_>>(), ids, "{language}");
            for (id, values) in &english {
                let mut others = other[id].clone();
                // The last digits, for languages that count by them.
                others.remove("rest");
                assert_eq!(&others, values, "{language}: {id}");
            }
        }
    }

    #[test]
    fn no_message_is_defined_twice() {
        for (language, text) in FILES {
            let ids = text.lines().filter_map(|line| line.split_once(" = ")).map(|(id, _)| id);
            let ids: Vec<&str> = ids.collect();
            let distinct: BTreeSet<&str> = ids.iter().copied().collect();
            assert_eq!(ids.len(), distinct.len(), "{language}");
        }
    }

    #[test]
    fn who_speaks_another_language_reads_english() {
        for language in ["", "it", "e", "english", "xx-RO", "-fr", "日本語"] {
            assert_eq!(Bundle::of(language).language, "en", "{language}");
        }
        for language in ["de", "DE", "de-AT", "de_CH", " de "] {
            assert_eq!(Bundle::of(language).language, "de", "{language}");
        }
    }
}
