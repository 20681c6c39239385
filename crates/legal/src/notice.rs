//! Notices in the law's sense: what they must contain, what is missing, and what their URLs lead
//! to.
//!
//! An incomplete notice is kept, and its sender is informed what to add. Only a sufficient one
//! gives the provider knowledge (Art. 16(3) DSA). Those who report sexual offences against children
//! need not give their name. Not here: whether a notice is true.
//!
//! Source: Art. 16(2) and 22 of Regulation (EU) 2022/2065 (DSA).

use serde::{Deserialize, Serialize};

/// The longest URL in bytes.
pub const URL_BYTES_MAX: usize = 2_048;

/// The most URLs in a notice.
pub const URLS_MAX: usize = 100;

/// The shortest explanation that can substantiate anything, in characters.
pub const EXPLANATION_CHARS_MIN: usize = 10;

/// The longest explanation in characters.
pub const EXPLANATION_CHARS_MAX: usize = 20_000;

/// The longest name, category or id in characters.
pub const NAME_CHARS_MAX: usize = 200;

/// The longest e-mail address in bytes (RFC 5321, 4.5.3.1.3, without the angle brackets).
const EMAIL_BYTES_MAX: usize = 254;

/// The longest part of an e-mail address before the `@` in bytes (RFC 5321, 4.5.3.1.1).
const LOCAL_BYTES_MAX: usize = 64;

/// The longest content id in bytes.
const ID_BYTES_MAX: usize = 256;

/// The placeholder of an id in a pattern.
const BARE: &str = "{id}";

/// The channel of a notice: who gave it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NoticeChannel {
    /// Anybody.
    #[default]
    User,
    /// A trusted flagger, whose notices come first (Art. 22 DSA).
    TrustedFlagger,
    /// A member of a rapid response system.
    RapidResponse,
}

/// A notice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = LegalNotice))]
#[serde(default, deny_unknown_fields)]
pub struct Notice {
    /// Why the notifier thinks the content illegal.
    pub explanation: String,
    /// The exact electronic locations.
    pub urls: Vec<String>,
    /// Other information that helps to find the content.
    pub identification: String,
    /// The name of the notifier.
    pub name: Option<String>,
    /// The e-mail address of the notifier.
    pub email: Option<String>,
    /// Whether the notifier believes in good faith that it is accurate and complete.
    pub good_faith: bool,
    /// A category of the DSA Transparency Database, without prefix.
    pub category: Option<String>,
    /// Whether it is about an offence of Arts. 3–7 of Directive 2011/93/EU, so that the notifier
    /// need not be named.
    #[serde(alias = "csam_exemption")]
    pub child_protection_exemption: bool,
    /// The language of the notifier, used for answers; English if it is not given.
    pub language: Option<String>,
    /// Who gave it.
    pub channel: NoticeChannel,
    /// The id of the trusted flagger.
    pub trusted_flagger_id: Option<String>,
}

/// Something missing or wrong in a notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Insufficient {
    /// The rule that requires it.
    pub article: String,
    /// The field.
    pub field: String,
    /// What to add, as a sentence.
    pub sentence: String,
}

/// A requirement for a notice, by the law or by a limit of ours.
struct Rule {
    article: &'static str,
    field: &'static str,
    is_met: fn(&Notice) -> bool,
    sentence: &'static str,
}

/// Declares the requirements: article, field, whether it is met, what to add.
macro_rules! rules {
    ($($article:literal $field:literal $is_met:expr => $sentence:literal;)*) => {
        const RULES: &[Rule] = &[$(Rule {
            article: $article,
            field: $field,
            is_met: $is_met,
            sentence: $sentence,
        }),*];
    };
}

rules! {
    "Art. 16(2)(a) DSA" "explanation" |n| chars(&n.explanation) >= EXPLANATION_CHARS_MIN
        => "say in a sentence or more why the content is illegal";
    "Art. 16(2)(a) DSA" "explanation" |n| chars(&n.explanation) <= EXPLANATION_CHARS_MAX
        => "say it in at most 20,000 characters";
    "Art. 16(2)(b) DSA" "urls" |n| !n.urls.is_empty()
        => "add the exact URL of the content";
    "Art. 16(2)(b) DSA" "urls" |n| n.urls.len() <= URLS_MAX
        => "name at most 100 URLs and send the others in another notice";
    "Art. 16(2)(b) DSA" "urls" |n| n.urls.iter().take(URLS_MAX).all(|url| is_exact_url(url))
        => "write each URL in full, with https:// and what follows the name of the site";
    "Art. 16(2)(b) DSA" "identification" |n| chars(&n.identification) <= EXPLANATION_CHARS_MAX
        => "describe the place in at most 20,000 characters";
    "Art. 16(2)(c) DSA" "name" |n| n.may_be_anonymous() || chars(said(n.name.as_deref())) > 0
        => "add your name";
    "Art. 16(2)(c) DSA" "name" |n| chars(said(n.name.as_deref())) <= NAME_CHARS_MAX
        => "shorten the name to 200 characters";
    "Art. 16(2)(c) DSA" "email" |n| n.may_be_anonymous() || chars(said(n.email.as_deref())) > 0
        => "add your e-mail address";
    "Art. 16(2)(c) DSA" "email" |n| n.has_no_email() || is_email(said(n.email.as_deref()))
        => "correct the e-mail address, it cannot be one";
    "Art. 16(2)(d) DSA" "good_faith" |n| n.good_faith
        => "confirm that you believe in good faith that the notice is accurate and complete";
    "Art. 22(1) DSA" "trusted_flagger_id" |n| n.channel != NoticeChannel::TrustedFlagger
        || chars(said(n.trusted_flagger_id.as_deref())) > 0
        => "say which trusted flagger you are";
    "Art. 16(1) DSA" "trusted_flagger_id" |n| is_short(n.trusted_flagger_id.as_deref())
        => "shorten the id of the trusted flagger to 200 characters";
    "Art. 16(1) DSA" "category" |n| is_short(n.category.as_deref())
        => "choose one of the categories";
}

impl Notice {
    /// What the notifier must add or correct.
    #[must_use]
    pub fn insufficiencies(&self) -> Vec<Insufficient> {
        let rules = RULES.iter().filter(|rule| !(rule.is_met)(self));
        let lacking = rules.map(|rule| Insufficient {
            article: rule.article.to_owned(),
            field: rule.field.to_owned(),
            sentence: rule.sentence.to_owned(),
        });
        lacking.collect()
    }

    /// Whether name and e-mail address may be left out.
    fn may_be_anonymous(&self) -> bool {
        self.child_protection_exemption
    }

    fn has_no_email(&self) -> bool {
        said(self.email.as_deref()).is_empty()
    }
}

/// The content that `url` leads to, by the first of `patterns` that matches.
///
/// A pattern is like `https://video.example/@{user}/v/{id}`. The host is compared exactly but for
/// case, each part of the path exactly after percent-decoding. `{id}` is what is returned; other
/// names in braces match anything. Query, fragment and a slash at the end are ignored. An id may
/// contain slashes: written `%2F`, or as they are where `{id}` is all that follows a fixed part, as
/// in `/v/{id}`, and no pattern matches more closely. The pattern `{id}` alone matches ids that are
/// URIs: `at://did:plc:abc/app.bsky.feed.post/1`.
#[must_use]
pub fn content_id(url: &str, patterns: &[String]) -> Option<String> {
    if patterns.iter().any(|pattern| pattern == BARE) && is_uri(url.trim()) {
        return Some(url.trim().to_owned());
    }
    let url = Address::new(url)?;
    let patterns: Vec<Address<'_>> = patterns
        .iter()
        .filter_map(|pattern| Address::new(pattern))
        .filter(|pattern| pattern.host == url.host)
        .collect();
    let closely = patterns.iter().find_map(|pattern| id_in(url.path, pattern.path));
    closely.or_else(|| patterns.iter().find_map(|pattern| id_after(url.path, pattern.path)))
}

/// Whether `url` leads to one thing and not to a whole site (Art. 3(4)(c) TCO, Art. 16(2)(b) DSA).
#[must_use]
pub fn is_exact_url(url: &str) -> bool {
    if let Some((authority, path)) = at_uri(url.trim()) {
        return !authority.is_empty() && !path.trim_matches('/').is_empty();
    }
    Address::new(url).is_some_and(|address| {
        let is_deep = !address.path.trim_matches('/').is_empty() || !address.query.is_empty();
        address.host.contains('.') && is_deep
    })
}

/// Authority and path of a URI of the AT Protocol, whose records have no other exact location.
fn at_uri(url: &str) -> Option<(&str, &str)> {
    url.strip_prefix("at://").filter(|_| is_uri(url))?.split_once('/')
}

/// Whether `text` can be an id that is a URI, and is not the address of a website.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let is_odd = |sign: char| sign.is_whitespace() || sign.is_control() || "\\\"<>".contains(sign);
    let is_scheme = scheme.starts_with(|sign: char| sign.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte));
    let is_web = ["http", "https"].iter().any(|web| scheme.eq_ignore_ascii_case(web));
    is_scheme && !is_web && !rest.is_empty() && text.len() <= ID_BYTES_MAX && !text.contains(is_odd)
}

/// The parts of a web address that browsers can read in one way only.
struct Address<'a> {
    host: String,
    path: &'a str,
    query: &'a str,
}

impl<'a> Address<'a> {
    fn new(url: &'a str) -> Option<Self> {
        let url = url.trim();
        let is_odd = |sign: char| sign.is_whitespace() || sign.is_control() || sign == '\\';
        if url.len() > URL_BYTES_MAX || url.contains(is_odd) {
            return None;
        }
        let (scheme, rest) = url.split_once("://")?;
        let port = match scheme.to_ascii_lowercase().as_str() {
            "https" => ":443",
            "http" => ":80",
            _ => return None,
        };
        let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (host, path) = place.split_once('/').unwrap_or((place, ""));
        let host = host.to_ascii_lowercase();
        let host = host.strip_suffix(port).unwrap_or(&host);
        let host = host.strip_suffix('.').unwrap_or(host).to_owned();
        // `https://video.example@evil.example/` leads to evil.example.
        (!host.is_empty() && !host.contains('@')).then_some(Self { host, path, query })
    }
}

/// The value of `{id}` if `path` matches `pattern`.
fn id_in(path: &str, pattern: &str) -> Option<String> {
    let mut segments = path.strip_suffix('/').unwrap_or(path).split('/');
    let mut id = None;
    for pattern in pattern.strip_suffix('/').unwrap_or(pattern).split('/') {
        let segment = decoded(segments.next()?)?;
        let (name, value) = captured(&segment, pattern)?;
        if name == "id" {
            id = Some(value.to_owned());
        }
    }
    id.filter(|_| segments.next().is_none())
}

/// The rest of `path` if `pattern` is fixed parts with `{id}` at their end.
fn id_after(path: &str, pattern: &str) -> Option<String> {
    let fixed = pattern.strip_suffix('/').unwrap_or(pattern).strip_suffix(BARE)?;
    let fixed = fixed.strip_suffix('/').filter(|fixed| !fixed.is_empty())?;
    let mut segments = path.strip_suffix('/').unwrap_or(path).split('/');
    for pattern in fixed.split('/') {
        captured(&decoded(segments.next()?)?, pattern)?;
    }
    let rest: Vec<String> = segments.map(decoded).collect::<Option<_>>()?;
    // Browsers treat `.` and `..` as steps within the path, and nothing begins with an empty part.
    let is_step = |part: &String| part == "." || part == "..";
    let is_path = rest.first().is_some_and(String::is_empty) || rest.iter().any(is_step);
    let id = rest.join("/");
    (!is_path && is_id(&id)).then_some(id)
}

/// Whether `text` can be an id; on many platforms ids contain slashes and spaces.
fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= ID_BYTES_MAX
        && text.trim() == text
        && !text.contains(char::is_control)
}

/// Name and value of the placeholder of `pattern`; both are empty if it has none.
fn captured<'a>(segment: &'a str, pattern: &'a str) -> Option<(&'a str, &'a str)> {
    let Some((before, rest)) = pattern.split_once('{') else {
        return (segment == pattern).then_some(("", ""));
    };
    let (name, after) = rest.split_once('}')?;
    let value = segment.strip_prefix(before)?.strip_suffix(after)?;
    (is_id(value) && value != "." && value != "..").then_some((name, value))
}

/// `segment` with `%41` read as `A`; `None` if the result is not text.
fn decoded(segment: &str) -> Option<String> {
    let mut bytes = segment.bytes();
    let mut text = Vec::with_capacity(segment.len());
    while let Some(byte) = bytes.next() {
        let is_escape = byte == b'%';
        text.push(if is_escape { two_digits(bytes.next()?, bytes.next()?)? } else { byte });
    }
    String::from_utf8(text).ok()
}

fn two_digits(high: u8, low: u8) -> Option<u8> {
    let (high, low) = (char::from(high).to_digit(16)?, char::from(low).to_digit(16)?);
    u8::try_from(high * 16 + low).ok()
}

/// Whether `email` can be an address; only sending to it would show whether it exists.
#[must_use]
pub fn is_email(email: &str) -> bool {
    let Some((local, domain)) = email.rsplit_once('@') else { return false };
    let is_odd =
        |sign: char| sign.is_whitespace() || sign.is_control() || "@<>,;:\"\\".contains(sign);
    let is_name = |part: &str| !part.is_empty() && !part.contains(is_odd);
    let is_label = |label: &str| {
        is_name(label) && !label.starts_with('-') && !label.ends_with('-') && !label.contains('_')
    };
    email.len() <= EMAIL_BYTES_MAX
        && local.len() <= LOCAL_BYTES_MAX
        && local.split('.').all(is_name)
        && domain.contains('.')
        && domain.split('.').all(is_label)
}

/// The given text, without white space around it.
fn said(text: Option<&str>) -> &str {
    text.map_or("", str::trim)
}

fn is_short(text: Option<&str>) -> bool {
    chars(said(text)) <= NAME_CHARS_MAX
}

fn chars(text: &str) -> usize {
    text.trim().chars().count()
}

#[cfg(test)]
mod tests;
