//! The form of each kind of row in the log.

use super::RowChange;
use crate::batch::{AuditRow, CaseRow, FilingRow, HoldRow};
use crate::{ApiKey, Identity, PartyRow, Proposal, ReportPart, ReportRow, Staff};

impl From<&CaseRow> for RowChange {
    fn from(row: &CaseRow) -> Self {
        let values = vec![
            row.id.into(),
            row.kind.into(),
            row.state.into(),
            row.queue.as_str().into(),
            row.policy.as_str().into(),
            row.language.as_str().into(),
            row.holder.as_str().into(),
            row.subject.as_str().into(),
            row.account.as_deref().into(),
            row.opened_ms.into(),
            row.due_ms.into(),
            row.closed_ms.into(),
            row.of.into(),
            row.body.as_str().into(),
        ];
        Self::put("cases", values)
    }
}

impl From<&FilingRow> for RowChange {
    fn from(row: &FilingRow) -> Self {
        let values = vec![
            row.id.as_str().into(),
            row.kind.as_str().into(),
            row.party.as_str().into(),
            row.reference.as_str().into(),
            row.fingerprint.as_str().into(),
            row.subject.as_deref().into(),
            row.case.into(),
            row.received_ms.into(),
            row.due_ms.into(),
            row.state.as_str().into(),
            row.body.as_deref().into(),
        ];
        Self::put("filing", values)
    }
}

impl From<&HoldRow> for RowChange {
    fn from(row: &HoldRow) -> Self {
        // Of holds made before scopes existed, only the subject is kept.
        let subject = row.scope.subject().map(|subject| subject.0.clone()).unwrap_or_default();
        let values = vec![
            row.id.as_str().into(),
            subject.into(),
            row.reason.as_str().into(),
            row.filing.as_deref().into(),
            row.from_ms.into(),
            row.until_ms.into(),
            row.released_ms.into(),
            serde_json::to_string(&row.scope).ok().into(),
        ];
        Self::put("hold", values)
    }
}

impl From<&PartyRow> for RowChange {
    fn from(row: &PartyRow) -> Self {
        Self::put(
            "party",
            vec![row.id.as_str().into(), row.kind.as_str().into(), row.body.as_str().into()],
        )
    }
}

impl From<&Staff> for RowChange {
    fn from(row: &Staff) -> Self {
        let skills = if row.skills.is_empty() { "{}" } else { &row.skills };
        let values = vec![
            row.name.as_str().into(),
            row.role.as_str().into(),
            row.made_ms.into(),
            skills.into(),
            row.party.as_deref().into(),
        ];
        Self::put("staff", values)
    }
}

impl From<&Identity> for RowChange {
    fn from(row: &Identity) -> Self {
        let values = vec![
            row.issuer.as_str().into(),
            row.sub.as_str().into(),
            row.staff.as_str().into(),
            row.bound_ms.into(),
        ];
        Self::put("identity", values)
    }
}

impl From<&ApiKey> for RowChange {
    fn from(row: &ApiKey) -> Self {
        let values = vec![
            row.id.as_str().into(),
            row.name.as_str().into(),
            row.hash.as_str().into(),
            row.scopes.as_str().into(),
            row.made_ms.into(),
            row.revoked_ms.into(),
            row.party.as_deref().into(),
        ];
        Self::put("api_key", values)
    }
}

impl From<&Proposal> for RowChange {
    fn from(row: &Proposal) -> Self {
        let (proposed, decided) = (&row.proposed, row.decided.as_ref());
        let values = vec![
            row.id.into(),
            proposed.made_ms.into(),
            proposed.author.as_str().into(),
            proposed.reason.as_str().into(),
            proposed.base.as_str().into(),
            proposed.files.as_str().into(),
            proposed.summary.as_str().into(),
            row.state().into(),
            decided.map(|decided| decided.at_ms).into(),
            decided.map(|decided| decided.by.as_str()).into(),
            decided.map(|decided| decided.reason.as_str()).into(),
            decided.and_then(|decided| decided.version.as_deref()).into(),
        ];
        Self::put("proposal", values)
    }
}

impl From<&AuditRow> for RowChange {
    fn from(row: &AuditRow) -> Self {
        let values = vec![
            row.id.into(),
            row.at_ms.into(),
            row.by.as_str().into(),
            row.what.as_str().into(),
            row.about.as_str().into(),
            row.event.as_str().into(),
        ];
        Self::put("audit", values)
    }
}

impl From<&ReportRow> for RowChange {
    fn from(row: &ReportRow) -> Self {
        let (signed, published) = (row.signed.as_ref(), row.published.as_ref());
        let values = vec![
            row.id.into(),
            row.regime.as_str().into(),
            row.first_day.as_str().into(),
            row.last_day.as_str().into(),
            row.version.into(),
            row.state.name().into(),
            row.made_ms.into(),
            row.author.as_str().into(),
            signed.map(|(at_ms, _)| *at_ms).into(),
            signed.map(|(_, by)| by.as_str()).into(),
            published.map(|(at_ms, _)| *at_ms).into(),
            published.map(|(_, by)| by.as_str()).into(),
            row.body.as_str().into(),
        ];
        Self::put("report", values)
    }
}

impl From<&ReportPart> for RowChange {
    fn from(row: &ReportPart) -> Self {
        Self::put(
            "report_part",
            vec![row.report.into(), row.name.as_str().into(), row.text.as_str().into()],
        )
    }
}
