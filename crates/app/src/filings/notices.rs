//! Notices of illegal content (Art. 16 DSA), from anybody and from partners.

use engine::{Lodged, Rows};
use jiff::Timestamp;
use legal::answer::Noticed;
use legal::letter::Letter;
use legal::notice::{Insufficient, NoticeChannel};
use review::{Case, Filing, Finding};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use store::{FilingFilter, FilingRow, RowChange};
use types::{Automation, Axis, Data, Effect, EventType, Subject, data};
use utoipa::{IntoParams, ToSchema};

use crate::access::caller::Caller;
use crate::filings::notifiers::{sender, standing};
use crate::filings::parties::{self, Party};
use crate::filings::{self, FilingOutcome, REDRESS, appeals, time};
use crate::orders::standing;
use crate::service::problem::Problem;
use crate::service::state::{App, Core};

pub use legal::notice::Notice;

/// Notices per page.
const LIMIT: u32 = 100;

/// The largest notice from an unknown sender, in bytes.
pub const NOTICE_BYTES_MAX: usize = 64 << 10;

/// The confirmation of receipt of a notice (Art. 16(4) DSA).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Receipt {
    /// One id for each item that the notice is about. Anyone with the id may see the outcome.
    pub ids: Vec<String>,
    /// `open`; `insufficient`: information is missing; `unknown`: nothing at these addresses is
    /// known here, and nobody reviews it.
    pub state: String,
    /// When it was received.
    pub received_at: Timestamp,
    /// What is missing. Nothing is decided until the notice is sent again with it.
    pub missing: Vec<Insufficient>,
    /// Addresses that do not exist here.
    pub unknown: Vec<String>,
    /// A warning after manifestly unfounded notices (Art. 23(2) DSA); `null` if there is none.
    pub warning: Option<String>,
    /// The means of redress, in words.
    pub redress: &'static str,
    /// The receipt as a letter, in the language of the notifier; `null` unless the state is `open`.
    pub letter: Option<Letter>,
}

/// A notice and its outcome.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NoticeView {
    /// Its id.
    pub id: String,
    /// `open`, `insufficient` or `answered`.
    pub state: String,
    /// When it was received.
    pub received_at: Timestamp,
    /// The subject: `content/v-1`; `null` if it is unknown or was erased.
    pub subject: Option<String>,
    /// The id of the party that gave it; `null` for anybody else.
    pub party: Option<String>,
    /// `user`, `trusted_flagger` or `rapid_response`.
    pub channel: NoticeChannel,
    /// A category of the DSA Transparency Database, without prefix; `null` if not given.
    pub category: Option<String>,
    /// The id of the case that deals with it; `null` for partners and the public.
    pub case: Option<String>,
    /// The outcome (Art. 16(5) DSA), by what was found last, also on a complaint; `null` until
    /// there is one. For partners and the public, it leaves out measures against the account. An
    /// order of an authority that came later does not change it.
    pub outcome: Option<FilingOutcome>,
    /// The answer to the notifier, in their language; `null` until there is an outcome.
    pub answer: Option<Letter>,
    /// The means of redress, in words.
    pub redress: &'static str,
}

/// A page of notices, newest first.
#[derive(Serialize, ToSchema)]
pub struct NoticePage {
    /// The notices.
    pub items: Vec<NoticeView>,
    /// The value of `before` for the next page, in milliseconds since 1970; `null` if there are no
    /// more.
    pub next: Option<i64>,
    /// Number of notices on this page that were founded: a violation was found.
    pub founded: u64,
    /// Number of notices on this page that were answered.
    pub answered: u64,
}

/// Filters for notices; every filter that is set must match.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NoticeQuery {
    /// The id of the party that gave the notice. Empty: any. Partners see only their own.
    pub party: String,
    /// Only notices received before this time, in milliseconds since 1970.
    pub before: Option<i64>,
}

/// The stored form of a notice.
#[derive(Serialize, Deserialize)]
struct StoredNotice {
    pub notice: Notice,
}

/// The notices that `case` deals with, as they were submitted.
pub async fn given(core: &Core, case: u64) -> Result<Vec<Notice>, Problem> {
    let rows = core.store.filings_of_case(case).await?;
    let read = |row: FilingRow| {
        let body = row.body.filter(|_| row.kind == "notice")?;
        serde_json::from_str::<StoredNotice>(&body).ok().map(|kept| kept.notice)
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

/// Records a notice and returns the receipt.
pub async fn take(
    app: &App,
    caller: Option<&Caller>,
    mut notice: Notice,
) -> Result<Receipt, Problem> {
    let core = app.core()?;
    let party = caller.and_then(Caller::party).map(str::to_owned);
    notice.channel = channel(core, party.as_deref()).await?;
    notice.trusted_flagger_id =
        party.clone().filter(|_| notice.channel == NoticeChannel::TrustedFlagger);
    let sender = sender(party, &notice);
    let warning = standing(app, core, &sender).await?;
    let missing = notice.insufficiencies();
    let (known, unknown) = sort(app, &notice).await?;
    let mut receipt = Receipt {
        ids: Vec::new(),
        state: "open".to_owned(),
        received_at: app.now(),
        missing,
        unknown,
        warning,
        redress: REDRESS,
        letter: None,
    };
    if receipt.missing.is_empty() && known.is_empty() && party_of(&notice).is_none() {
        // Answered at once: there is nothing that anybody could review.
        receipt.state = "unknown".to_owned();
        return Ok(receipt);
    }
    if !receipt.missing.is_empty() || known.is_empty() {
        receipt.state = "insufficient".to_owned();
        let row = row(app, &notice, &sender, (None, "insufficient"))?;
        receipt.ids.push(row.id.clone());
        core.door().write(Rows::of([RowChange::from(&row)])).await?;
        return Ok(receipt);
    }
    let mut filed = Vec::new();
    for subject in known {
        let row = row(app, &notice, &sender, (Some(&subject), "open"))?;
        if let Some(first) = repeated(core, &row).await? {
            receipt.ids.push(first);
            continue;
        }
        receipt.ids.push(row.id.clone());
        filed.push(self::filed(app, &notice, &subject, row).await?);
    }
    if !filed.is_empty() {
        filings::lodge(app, filed).await?;
    }
    let language = notice.language.as_deref().unwrap_or_default();
    let first = receipt.ids.first();
    receipt.letter = first.map(|id| legal::answer::receipt(language, id));
    Ok(receipt)
}

/// The channel of a trusted flagger or rapid-response signatory who gave `notice`; `None` for
/// anybody else.
fn party_of(notice: &Notice) -> Option<NoticeChannel> {
    Some(notice.channel).filter(|channel| *channel != NoticeChannel::User)
}

/// The subjects of a notice, and the addresses that are not known here. Subjects named by the
/// public are looked up; partners are believed.
async fn sort(app: &App, notice: &Notice) -> Result<(Vec<Subject>, Vec<String>), Problem> {
    let core = app.core()?;
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for url in &notice.urls {
        match filings::subject(app, url) {
            Some(subject) if known.contains(&subject) => {}
            Some(subject)
                if party_of(notice).is_some() || filings::trace(core, &subject).await?.is_seen =>
            {
                known.push(subject);
            }
            _ => unknown.push(url.clone()),
        }
    }
    Ok((known, unknown))
}

/// The id of an open notice of the same sender about the same subject, if there is one: a sender
/// counts as one voice.
async fn repeated(core: &Core, row: &FilingRow) -> Result<Option<String>, Problem> {
    if row.fingerprint.is_empty() {
        return Ok(None);
    }
    let first = core.store.same_filing("notice", &row.fingerprint).await?;
    let Some(first) = first.filter(|first| first.state == "open") else { return Ok(None) };
    let (_, outcome) = filings::outcome(core, &first).await?;
    Ok(outcome.is_none().then_some(first.id))
}

/// The channel of the stored notice `row`: that of users after an erasure.
pub(crate) fn channel_of(row: &FilingRow) -> NoticeChannel {
    let stored =
        row.body.as_deref().and_then(|json| serde_json::from_str::<StoredNotice>(json).ok());
    stored.map(|stored| stored.notice.channel).unwrap_or_default()
}

/// The category that the notifier gave; `None` if they gave none, and after an erasure.
pub(crate) fn category_of(row: &FilingRow) -> Option<String> {
    let stored: StoredNotice = serde_json::from_str(row.body.as_deref()?).ok()?;
    let known = |category: &String| {
        types::policy::CATEGORIES.iter().any(|(name, _)| name == category)
            && category != "OTHER_VIOLATION_TC"
    };
    stored.notice.category.filter(known)
}

/// The channel of `party`; without a party, that of users.
pub async fn channel(core: &Core, party: Option<&str>) -> Result<NoticeChannel, Problem> {
    let Some(id) = party else { return Ok(NoticeChannel::User) };
    match parties::find(core, id).await? {
        Some(Party::TrustedFlagger { .. }) => Ok(NoticeChannel::TrustedFlagger),
        Some(Party::RapidResponse { .. }) => Ok(NoticeChannel::RapidResponse),
        Some(Party::Authority { .. }) => {
            Err(Problem::Wrong("authorities send orders, not notices".to_owned()))
        }
        None => Err(Problem::WrongPerson("this party is not registered any more")),
    }
}

fn row(
    app: &App,
    notice: &Notice,
    sender: &str,
    (subject, state): (Option<&Subject>, &str),
) -> Result<FilingRow, Problem> {
    let kept = StoredNotice { notice: notice.clone() };
    let body = serde_json::to_string(&kept).map_err(|e| Problem::Internal(e.to_string()))?;
    Ok(FilingRow {
        id: filings::new_id(app, 'n'),
        kind: "notice".to_owned(),
        party: sender.to_owned(),
        // All filings of one notice share this.
        reference: notice_id(notice, sender, app.now()),
        fingerprint: match (subject, sender.is_empty()) {
            (Some(subject), false) => {
                let voice = format!("notice {sender} {subject}");
                hex::encode(Sha256::digest(voice.as_bytes()))
            }
            _ => String::new(),
        },
        subject: subject.map(|subject| subject.0.clone()),
        received_ms: app.now().as_millisecond(),
        state: state.to_owned(),
        body: Some(body),
        ..FilingRow::default()
    })
}

/// The reference that all filings of one notice share.
fn notice_id(notice: &Notice, sender: &str, now: Timestamp) -> String {
    let text = format!("{sender}\n{}\n{}\n{:?}", notice.explanation, now.as_second(), notice.urls);
    hex::encode(&Sha256::digest(text.as_bytes())[..16])
}

async fn filed(
    app: &App,
    notice: &Notice,
    subject: &Subject,
    row: FilingRow,
) -> Result<filings::Filed, Problem> {
    let channel = match notice.channel {
        NoticeChannel::User => "user",
        NoticeChannel::TrustedFlagger => "trusted_flagger",
        NoticeChannel::RapidResponse => "rapid_response",
    };
    let told = data::Notice {
        id: row.id.clone(),
        channel: Some(channel.to_owned()),
        category: notice.category.clone(),
        explanation: Some(notice.explanation.clone()),
    };
    let data = Data { notice: Some(Box::new(told)), ..Data::default() };
    let members = filings::members(app.core()?, std::slice::from_ref(subject)).await?;
    let id = row.id.clone();
    let filing = Filing { id: id.clone(), members, ..Filing::default() };
    let lodged = Lodged { filing, row, ..Lodged::default() };
    filings::event(app, (EventType::NoticeReceived, &id, subject), data, lodged).await
}

/// The notice with that id.
pub async fn find(app: &App, caller: Option<&Caller>, id: &str) -> Result<NoticeView, Problem> {
    let core = app.core()?;
    let row = core.store.filing(id).await?.filter(|row| row.kind == "notice");
    let row = row.ok_or(Problem::NotFound("notice"))?;
    filings::own(caller, &row)?;
    view(core, caller, row).await
}

async fn view(core: &Core, caller: Option<&Caller>, row: FilingRow) -> Result<NoticeView, Problem> {
    let (case, mut outcome) = filings::outcome(core, &row).await?;
    let kept: Option<StoredNotice> =
        row.body.as_deref().and_then(|body| serde_json::from_str(body).ok());
    let notice = kept.as_ref().map(|kept| &kept.notice);
    let language = notice.and_then(|notice| notice.language.as_deref()).unwrap_or_default();
    let is_staff = caller.is_some_and(|caller| caller.party().is_none());
    let answer = match (&case, &mut outcome) {
        (Some(case), Some(outcome)) => {
            Some(answer(core, case, (&row, language), (outcome, is_staff)).await?)
        }
        _ => None,
    };
    let state = if outcome.is_some() { "answered".to_owned() } else { row.state };
    Ok(NoticeView {
        id: row.id,
        state,
        received_at: time(row.received_ms),
        subject: row.subject,
        party: Some(row.party).filter(|party| !party.is_empty() && !party.starts_with("mail:")),
        channel: notice.map(|notice| notice.channel).unwrap_or_default(),
        category: kept.and_then(|kept| kept.notice.category),
        case: case.filter(|_| is_staff).map(|case| case.name().to_string()),
        outcome,
        answer,
        redress: REDRESS,
    })
}

/// The answer to the notifier, by what was found last, also on a complaint. `outcome` is updated to
/// that decision; for partners and the public it covers only the content, not the account.
async fn answer(
    core: &Core,
    case: &Case,
    (row, language): (&FilingRow, &str),
    (outcome, is_staff): (&mut FilingOutcome, bool),
) -> Result<Letter, Problem> {
    let member = case.members.iter().find(|member| Some(&member.subject.0) == row.subject.as_ref());
    let member = member.or_else(|| case.members.first());
    let verdict = member.and_then(|member| member.verdict.as_deref());
    let first = match verdict {
        Some(id) => standing::decision(core, id).await?,
        None => None,
    };
    let now = match first {
        Some(decision) => Some(appeals::found_now(core, decision).await?),
        None => None,
    };
    let effects = match &now {
        Some(decision) => decision.effects.clone(),
        None => outcome.effects.iter().filter_map(|effect| effect.parse().ok()).collect(),
    };
    let restricts = effects.iter().any(|effect: &Effect| effect.restricts());
    if let Some(decision) = now.as_ref().filter(|now| Some(now.id.0.as_str()) != verdict) {
        outcome.finding = if restricts { Finding::Violation } else { Finding::NoViolation };
        outcome.decided_at = decision.time;
    }
    let is_told = |effect: &&Effect| match effect.axis() {
        Axis::Work => false,
        Axis::Visibility => true,
        _ => is_staff,
    };
    let told = effects.iter().filter(is_told);
    outcome.effects = told.map(ToString::to_string).collect();
    let noticed = Noticed {
        reference: &row.id,
        subject_kind: member.map_or("content", |member| member.subject.kind()),
        effects: &effects,
        automation: now.as_ref().map_or(Automation::NotAutomated, |decision| decision.automation),
    };
    let letter = legal::answer::notice_answer(language, &noticed);
    match (is_staff, now) {
        // The sentence of a decision is addressed to the person affected.
        (false, _) => outcome.statement.clear(),
        (true, Some(decision)) => outcome.statement = decision.statement,
        (true, None) => {}
    }
    Ok(letter)
}

/// The page of notices that match `which` and that `caller` may see.
pub async fn page(app: &App, caller: &Caller, which: &NoticeQuery) -> Result<NoticePage, Problem> {
    let core = app.core()?;
    let asked = Some(which.party.clone()).filter(|party| !party.is_empty());
    let filter = FilingFilter {
        kind: "notice".to_owned(),
        party: caller.party().map(str::to_owned).or(asked),
        before_ms: which.before,
        ..FilingFilter::default()
    };
    let rows = core.store.filings(&filter, LIMIT).await?;
    let next = rows.last().map(|row| row.received_ms).filter(|_| rows.len() >= LIMIT as usize);
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        items.push(view(core, Some(caller), row).await?);
    }
    let is_founded = |item: &&NoticeView| {
        item.outcome.as_ref().is_some_and(|outcome| outcome.finding == Finding::Violation)
    };
    let founded = items.iter().filter(is_founded).count() as u64;
    let answered = items.iter().filter(|item| item.outcome.is_some()).count() as u64;
    Ok(NoticePage { items, next, founded, answered })
}
