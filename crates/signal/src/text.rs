//! The texts of an event, each with the name of its field.

use types::{Event, EventType, Trait};

/// The texts that people read or typed, in the order in which they are searched.
pub fn texts(event: &Event) -> impl Iterator<Item = (&'static str, &str)> {
    let data = &event.data;
    let content = data.content.as_ref();
    let search = data.search.as_ref();
    let account = data.account.as_ref().filter(|_| is_about_account(event.kind));
    let of_content = [
        ("content.title", content.and_then(|content| content.title.as_deref())),
        ("content.text", content.and_then(|content| content.text.as_deref())),
        ("content.transcript", content.and_then(|content| content.transcript.as_deref())),
    ];
    let of_others = [
        ("search.query", search.map(|search| search.query.as_str())),
        ("account.name", account.and_then(|account| account.name.as_deref())),
        ("account.bio", account.and_then(|account| account.bio.as_deref())),
    ];
    of_content.into_iter().chain(of_others).filter_map(|(field, text)| Some((field, text?)))
}

/// Names and biographies are judged when they are set, not with everything their owner does.
const fn is_about_account(kind: EventType) -> bool {
    kind.is(Trait::Profile)
}

/// Characters of title, text and transcript; `None` if there is no content.
#[must_use]
pub fn length(event: &Event) -> Option<u64> {
    let content = event.data.content.as_ref()?;
    let parts = [&content.title, &content.text, &content.transcript];
    Some(parts.into_iter().flatten().map(|text| text.chars().count() as u64).sum())
}
