//! The qualitative parts of a report: texts of the provider with figures in them.

use std::collections::BTreeMap;

use crate::template::TEXT_CHARS_MAX;

/// The texts, by the name of their file without ending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts(pub BTreeMap<String, String>);

/// A part of a report that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing(pub String);

/// The name of the file of an indicator: its first words, joined by `_`.
#[must_use]
pub fn text_name(indicator: &str) -> String {
    let words =
        indicator.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let words: Vec<String> = words.take(5).map(str::to_lowercase).collect();
    words.join("_")
}

impl Texts {
    /// The text of an indicator, with placeholders `{name}` filled from `figures`.
    ///
    /// # Errors
    ///
    /// What is missing: the text, or a figure that it names.
    pub fn filled(
        &self,
        indicator: &str,
        figures: &BTreeMap<&str, String>,
    ) -> Result<String, Missing> {
        let name = text_name(indicator);
        let Some(text) = self.0.get(&name).map(|text| text.trim()).filter(|text| !text.is_empty())
        else {
            return Err(Missing(format!("the text `{name}` ({indicator})")));
        };
        if text.chars().count() > TEXT_CHARS_MAX {
            let words = format!("the text `{name}` has more than {TEXT_CHARS_MAX} characters");
            return Err(Missing(words));
        }
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((inside, behind)) = after.split_once('}') else { break };
            let Some(figure) = figures.get(inside.trim()) else {
                let known: Vec<&str> = figures.keys().copied().collect();
                let known = known.join(", ");
                let words = format!("the text `{name}` names `{{{inside}}}`; there are {known}");
                return Err(Missing(words));
            };
            filled.push_str(before);
            filled.push_str(figure);
            rest = behind;
        }
        filled.push_str(rest);
        Ok(filled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_and_unknown_ones_are_named() {
        let indicator = "Qualitative description of the automated means";
        let name = "qualitative_description_of_the_automated";
        let figures = BTreeMap::from([("measures", "12".to_owned())]);
        let texts = |text: &str| Texts(BTreeMap::from([(name.to_owned(), text.to_owned())]));
        let filled = texts("We took {measures} measures.").filled(indicator, &figures);
        assert_eq!(filled, Ok("We took 12 measures.".to_owned()));
        let unknown = texts("We took {removals}.").filled(indicator, &figures).unwrap_err();
        assert!(unknown.0.contains("{removals}") && unknown.0.contains("measures"), "{unknown:?}");
        let missing = Texts::default().filled(indicator, &figures).unwrap_err();
        assert!(missing.0.contains(name), "{missing:?}");
    }
}
