//! `links`: where a text leads, and whether a domain imitates another.
//!
//! - Finds: links with and without scheme in texts, domains under the public suffix list, and
//!   imitations of protected domains: look-alike letters, a letter added, missing or swapped,
//!   another ending, the name put before or beside other words.
//! - Misses: targets behind shorteners; imitations by meaning.
//! - Wrongs: honest sites with a name close to a protected one.

use crate::fold::confusable_form;

/// Shorter names are too often one letter away from each other.
const FUZZY_LETTERS_MIN: usize = 6;

/// The host of `link`, lower-case and in its ASCII form; `None` if it has none.
#[must_use]
pub fn host(link: &str) -> Option<String> {
    let rest = link.split_once("://").map_or(link, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host.split(':').next()?.trim_end_matches('.');
    let ascii = idna::domain_to_ascii(host).ok()?;
    (ascii.contains('.') && !ascii.starts_with('.')).then_some(ascii)
}

/// The links in `text`, in order, as byte offsets.
pub fn find(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let mut finder = linkify::LinkFinder::new();
    finder.kinds(&[linkify::LinkKind::Url]).url_must_have_scheme(false);
    let spans: Vec<_> = finder.links(text).map(|link| (link.start(), link.end())).collect();
    spans.into_iter()
}

/// The registrable part of `host`: the public suffix and the label before it.
#[must_use]
pub fn registrable(host: &str) -> &str {
    psl::domain_str(host).unwrap_or(host)
}

/// Whether `host` is `domain` or a subdomain of it.
#[must_use]
pub fn is_below(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|before| before.ends_with('.'))
}

/// A domain that others imitate.
#[derive(Debug)]
pub struct Protected {
    domain: String,
    /// The label before the public suffix, in confusable form.
    form: String,
    /// The same label as written.
    label: String,
}

impl Protected {
    /// The protected domain `domain`.
    #[must_use]
    pub fn new(domain: &str) -> Self {
        let domain = host(domain).unwrap_or_else(|| domain.to_ascii_lowercase());
        let label = label(&domain);
        Self { form: confusable_form(&label), label, domain }
    }

    /// The domain.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Whether `host` imitates this domain without belonging to it.
    #[must_use]
    pub fn is_imitated_by(&self, host: &str) -> bool {
        let registrable_host = registrable(host);
        if registrable_host == registrable(&self.domain) || self.form.is_empty() {
            return false;
        }
        let label = label(host);
        let form = confusable_form(&label);
        form == self.form
            || self.is_a_typo(&form)
            || self.stands_among(&label)
            || self.stands_before(host, registrable_host)
    }

    /// Whether a letter is added, missing or different, or two are swapped.
    fn is_a_typo(&self, form: &str) -> bool {
        self.form.chars().count() >= FUZZY_LETTERS_MIN
            && strsim::osa_distance(form, &self.form) == 1
    }

    /// Whether the label is a word in `label`: `sample-bank` in `login-sample-bank`.
    fn stands_among(&self, label: &str) -> bool {
        label.len() > self.label.len()
            && self.label.len() >= FUZZY_LETTERS_MIN
            && format!("-{label}-").contains(&format!("-{}-", self.label))
    }

    /// Whether the domain begins `host`: `sample-bank.example` in `sample-bank.example.login.test`.
    fn stands_before(&self, host: &str, registrable_host: &str) -> bool {
        let Some(before) = host.strip_suffix(registrable_host) else { return false };
        let flat = self.domain.replace('.', "-");
        before.split('.').any(|label| label == flat)
            || format!(".{before}").contains(&format!(".{}.", self.domain))
    }
}

/// The label before the public suffix of `host`, in Unicode.
fn label(host: &str) -> String {
    let registrable = registrable(host);
    let label = registrable.split('.').next().unwrap_or(registrable);
    idna::domain_to_unicode(label).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_out_of_links() {
        for (link, expected) in [
            ("https://Bank.example/login?x=1", Some("bank.example")),
            ("http://user:pw@bank.example:8080/", Some("bank.example")),
            ("bank.example", Some("bank.example")),
            ("https://bank.example.", Some("bank.example")),
            ("https://bänk.example", Some("xn--bnk-qla.example")),
            ("https://bank.example\\@other.example/", Some("bank.example")),
            ("https://localhost/", None),
            ("mailto:", None),
        ] {
            assert_eq!(host(link).as_deref(), expected, "{link}");
        }
    }

    #[test]
    fn the_public_suffix_is_respected() {
        assert_eq!(registrable("news.bbc.co.uk"), "bbc.co.uk");
        assert!(is_below("a.b.example", "b.example") && !is_below("ab.example", "b.example"));
    }

    #[test]
    fn imitations_are_told_from_the_domain_itself_and_from_strangers() {
        let bank = Protected::new("sample-bank.example");
        for imitation in [
            "samplebank.test",
            "sample-bank.test",
            "samp1e-bank.example",
            "sampel-bank.example",
            "sample-bank.example.login.test",
            "login-sample-bank.test",
            "sample-bank-example.evil.test",
            "xn--smple-bank-65i.example",
            "sarnple-bank.example",
        ] {
            assert!(bank.is_imitated_by(imitation), "{imitation}");
        }
        for honest in [
            "sample-bank.example",
            "www.sample-bank.example",
            "simple-news.example",
            "bank.example",
        ] {
            assert!(!bank.is_imitated_by(honest), "{honest}");
        }
    }

    #[test]
    fn links_are_found_in_texts() {
        let text = "see https://a.example/x, or b.example.com/y (c.de)";
        let found: Vec<_> = find(text).map(|(start, end)| &text[start..end]).collect();
        assert_eq!(found, ["https://a.example/x", "b.example.com/y", "c.de"]);
    }
}
