//! Language tags (RFC 5646), read in one way: `pt-BR`, `PT`, `pt_BR` and `por` all name Portuguese.
//!
//! Queues, skills, holds, rules and letters all compare the [`code`] of a tag: its primary subtag
//! in lower case, in two letters where ISO 639-1 has them. Scripts and regions do not count. Tags
//! that name no language (`und`, `zxx`, `x-other`) are valid and have no code.

use serde::{Deserialize, Serialize};

/// RFC 5646 requires room for tags of 35 bytes; no real tag is longer than this.
const TAG_BYTES_MAX: usize = 64;

/// Two-letter codes that are compared as others: withdrawn codes, and Norwegian as Bokmål, since
/// that is what the detector reports.
const OTHER_TWO: &[(&str, &str)] =
    &[("in", "id"), ("iw", "he"), ("ji", "yi"), ("jw", "jv"), ("mo", "ro"), ("no", "nb")];

/// The three letters of ISO 639-2 (both forms, where it has two) with the two letters of ISO 639-1.
const THREE: &str = "\
    bul=bg ces=cs cze=cs dan=da deu=de ger=de ell=el gre=el eng=en spa=es est=et fin=fi fra=fr fre=fr \
    gle=ga hrv=hr hun=hu ita=it lit=lt lav=lv mlt=mt nld=nl dut=nl pol=pl por=pt ron=ro rum=ro \
    mol=ro slk=sk slo=sk slv=sl swe=sv \
    afr=af sqi=sq alb=sq amh=am ara=ar hye=hy arm=hy aze=az eus=eu baq=eu bel=be ben=bn bos=bs mya=my \
    bur=my cat=ca cos=co zho=zh chi=zh cmn=zh kat=ka geo=ka glg=gl guj=gu hat=ht hau=ha heb=he \
    hin=hi isl=is ice=is ibo=ig ind=id jpn=ja jav=jv kan=kn kaz=kk khm=km kor=ko kur=ku \
    kir=ky lao=lo ltz=lb mkd=mk mac=mk mlg=mg msa=ms may=ms mal=ml mar=mr mon=mn nep=ne nor=nb \
    nob=nb nno=nn pus=ps fas=fa per=fa pan=pa roh=rm rus=ru gla=gd srp=sr scc=sr sin=si som=so swa=sw \
    tgl=tl tgk=tg tam=ta tat=tt tel=te tha=th tir=ti tur=tr tuk=tk ukr=uk urd=ur uzb=uz vie=vi cym=cy \
    wel=cy fry=fy xho=xh yid=yi yor=yo zul=zu";

/// Valid primary subtags that name no language.
const NO_LANGUAGE: [&str; 4] = ["mis", "mul", "und", "zxx"];

/// The code of the language that `tag` names, or `None` for a valid tag without a language.
///
/// # Errors
///
/// If it is not a valid language tag.
#[expect(clippy::result_unit_err, reason = "there is nothing more to say than the tag itself")]
pub fn read(tag: &str) -> Result<Option<String>, ()> {
    let tag = tag.trim();
    let is_subtag = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let mut parts = tag.split(['-', '_']);
    let primary = parts.next().unwrap_or_default().to_ascii_lowercase();
    let has_more = parts.clone().next().is_some();
    let is_primary = primary.bytes().all(|byte| byte.is_ascii_lowercase());
    if tag.len() > TAG_BYTES_MAX || !is_primary || !parts.all(is_subtag) {
        return Err(());
    }
    let is_private = primary.len() == 3 && ("qaa"..="qtz").contains(&primary.as_str());
    match primary.len() {
        // `x-other` and the grandfathered `i-klingon`.
        1 if has_more && matches!(primary.as_str(), "x" | "i") => Ok(None),
        3 if is_private || NO_LANGUAGE.contains(&primary.as_str()) => Ok(None),
        2 | 3 => Ok(Some(common(&primary).unwrap_or(&primary).to_owned())),
        _ => Err(()),
    }
}

/// The code of the language that `tag` names: `pt` for `pt-BR`; `None` if it names none.
#[must_use]
pub fn code(tag: &str) -> Option<String> {
    read(tag).ok().flatten()
}

/// Whether both tags name the same language.
#[must_use]
pub fn is_same(one: &str, other: &str) -> bool {
    code(one).is_some_and(|one| code(other) == Some(one))
}

/// Checks that all of `tags` name languages.
///
/// # Errors
///
/// A message about the first that does not.
pub fn check(tags: &[String]) -> Result<(), String> {
    let Some(wrong) = tags.iter().find(|tag| code(tag).is_none()) else { return Ok(()) };
    let wrong: String = wrong.chars().filter(|c| !c.is_control()).take(TAG_BYTES_MAX).collect();
    Err(format!("`{wrong}` is no language; write ro, pt-BR, …"))
}

/// The form of `primary` that is compared, if it differs.
fn common(primary: &str) -> Option<&'static str> {
    if primary.len() == 2 {
        return OTHER_TWO.iter().find(|(other, _)| *other == primary).map(|(_, common)| *common);
    }
    let mut forms = THREE.split_ascii_whitespace().filter_map(|form| form.split_once('='));
    forms.find(|(other, _)| *other == primary).map(|(_, common)| common)
}

/// The declared language of content: the tag as it was sent, with the code that is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Language {
    tag: String,
    /// `None` if the tag is the code already.
    other: Option<Option<Box<str>>>,
}

impl Language {
    /// The tag as it was sent.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// The [`code`] of the language; `None` if the tag names none.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match &self.other {
            None => Some(&self.tag),
            Some(code) => code.as_deref(),
        }
    }
}

impl From<String> for Language {
    fn from(tag: String) -> Self {
        // The common case: nearly all tags are sent like this.
        let is_two = tag.len() == 2 && tag.bytes().all(|byte| byte.is_ascii_lowercase());
        let is_code = is_two && common(&tag).is_none();
        let other = (!is_code).then(|| code(&tag).map(Into::into));
        Self { tag, other }
    }
}

impl From<&str> for Language {
    fn from(tag: &str) -> Self {
        Self::from(tag.to_owned())
    }
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.tag
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_language_is_one_however_its_tag_is_written() {
        for tag in ["pt", "PT", "pt-BR", "pt_BR", "Pt-Latn-BR", "por", "POR-br", " pt "] {
            assert_eq!(code(tag).as_deref(), Some("pt"), "{tag}");
        }
        for (tag, expected) in [
            ("zh-Hant-TW", "zh"),
            ("cmn-Hans", "zh"),
            ("iw", "he"),
            ("no", "nb"),
            ("sr-Cyrl-RS", "sr"),
            ("de-CH-1901", "de"),
            ("en-u-ca-gregory", "en"),
            ("yue-HK", "yue"),
        ] {
            assert_eq!(code(tag).as_deref(), Some(expected), "{tag}");
        }
    }

    #[test]
    fn what_is_no_tag_is_told_from_a_tag_without_a_language() {
        for tag in ["", "p", "romanian", "p1", "pt--BR", "pt-", "-pt", "pt BR", "日本語", "x"] {
            assert_eq!(read(tag), Err(()), "{tag}");
        }
        assert_eq!(read(&format!("pt{}", "-x1234567".repeat(9))), Err(()));
        for tag in ["und", "zxx", "mul", "qaa-x-y", "x-other", "i-klingon"] {
            assert_eq!(read(tag), Ok(None), "{tag}");
        }
    }

    #[test]
    fn all_24_official_languages_of_the_union_are_known_in_three_letters() {
        let two = "bg cs da de el en es et fi fr ga hr hu it lt lv mt nl pl pt ro sk sl sv";
        let known: Vec<&str> = THREE.split_ascii_whitespace().collect();
        for code in two.split(' ') {
            let is_named = |form: &&&str| {
                form.split_once('=').is_some_and(|(from, to)| from.len() == 3 && to == code)
            };
            assert!(known.iter().any(|form| is_named(&form)), "{code}");
        }
    }

    #[test]
    fn the_tag_is_kept_as_it_was_sent() {
        let language: Language = serde_json::from_str("\"pt_BR\"").unwrap();
        assert_eq!((language.tag(), language.code()), ("pt_BR", Some("pt")));
        assert_eq!(serde_json::to_string(&language).unwrap(), "\"pt_BR\"");
        assert_eq!(Language::from("fr").code(), Some("fr"));
        assert_eq!(Language::from("english").code(), None);
    }
}
