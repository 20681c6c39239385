//! The table of permissions and the roles that have them. Every endpoint names its permission.

/// A permission.
pub trait Permit: Send + Sync + 'static {
    /// Its name, which is also a scope of API keys.
    const NAME: &'static str;
}

macro_rules! permissions {
    ($($variant:ident $name:literal $doc:literal [$($role:ident)*];)*) => {
        $(#[doc = $doc] #[derive(Clone, Copy, Debug)] pub struct $variant;
        impl Permit for $variant { const NAME: &'static str = $name; })*

        /// All permissions: name, what it allows, the roles that have it.
        pub const PERMISSIONS: &[(&str, &str, &[&str])] =
            &[$(($name, $doc, &[$(stringify!($role)),*])),*];
    };
}

permissions! {
    EventsWrite "events:write" "Send events." [admin];
    ScreenWrite "screen:write" "Ask before publication." [admin];
    DecisionsRead "decisions:read" "Read decisions, with what they are about."
        [admin analyst author approver moderator specialist legal lead compliance];
    SubjectsRead "subjects:read" "Read what is known of accounts and content."
        [admin analyst author approver moderator specialist legal lead compliance];
    LedgerRead "ledger:read" "Read tree heads and proofs."
        [admin analyst author approver lead legal compliance];
    ListsRead "lists:read" "Read lists." [admin analyst author approver lead];
    ListsWrite "lists:write" "Change lists." [admin];
    PoliciesRead "policies:read" "Read policies and rules, and try changes of them."
        [admin analyst author approver lead compliance];
    PoliciesWrite "policies:write" "Put policies in force." [admin];
    RulesPropose "rules:propose" "Propose and back-test changes of rules, and take rules back."
        [admin author approver];
    RulesApprove "rules:approve" "Approve what somebody else proposed, and resume paused rules."
        [admin approver];
    DeliveriesRead "deliveries:read" "See receivers and dead letters."
        [admin analyst author approver lead compliance];
    DeliveriesWrite "deliveries:write" "Send dead letters again." [admin];
    RefusedRead "refused:read" "See what was refused." [admin analyst author approver lead];
    OverviewRead "overview:read" "See counts and rates." [admin analyst author approver lead compliance];
    CasesRead "cases:read" "See queues and cases." [admin moderator specialist legal lead];
    CasesReview "cases:review" "Judge cases." [moderator specialist legal lead];
    CasesSpecial "cases:special" "Judge what was escalated, and where reviewers disagree."
        [specialist lead];
    CasesLead "cases:lead" "Lead reviewers: see quality and staffing, say who judges what."
        [admin lead];
    OrdersRead "orders:read" "See orders of authorities; authorities see their own."
        [admin legal lead authority compliance];
    OrdersWrite "orders:write" "Hand in orders of authorities." [admin legal authority];
    OrdersExecute "orders:execute" "Carry out orders of authorities." [legal];
    NoticesRead "notices:read" "See notices; partners see their own."
        [admin moderator specialist legal lead partner compliance];
    NoticesWrite "notices:write" "Hand in notices." [admin legal partner];
    AppealsRead "appeals:read" "See appeals." [admin moderator specialist legal lead compliance];
    AppealsWrite "appeals:write" "Hand in appeals for the persons affected." [admin];
    PartiesWrite "parties:write" "Register partners and authorities." [admin legal];
    StaffRead "staff:read" "See the staff." [admin lead];
    StaffWrite "staff:write" "Make and remove accounts of staff." [admin];
    KeysWrite "keys:write" "See, make and revoke API keys." [admin];
    EraseWrite "erase:write" "Erase what is kept of a person." [admin];
    ReportsRead "reports:read" "See statements of reasons and reports."
        [admin analyst lead legal compliance];
    ReportsWrite "reports:write" "Prepare reports, and send statements of reasons again."
        [admin legal compliance];
    ReportsSign "reports:sign" "Sign reports off that somebody else prepared, and publish them."
        [legal lead compliance];
    AuditRead "audit:read" "See who did what." [admin lead analyst];
    MetricsRead "metrics:read" "Read metrics." [admin];
}

/// Permissions for which a person answers by name. A key has these for reading only: anyone with
/// the key could name anyone, and one holder could pass for two people.
pub const PERSONAL: &[&str] = &[
    OrdersExecute::NAME,
    RulesApprove::NAME,
    CasesLead::NAME,
    StaffWrite::NAME,
    KeysWrite::NAME,
    PartiesWrite::NAME,
    ReportsSign::NAME,
];

/// Permissions that one of the platform's own tools may use for a colleague named by its key.
pub const ACTED_FOR: &[&str] = &[CasesRead::NAME, CasesReview::NAME, CasesSpecial::NAME];

/// The permissions that partners and authorities may have at most, whatever their role or key says.
pub const OF_PARTIES: &[&str] =
    &[NoticesRead::NAME, NoticesWrite::NAME, OrdersRead::NAME, OrdersWrite::NAME];

/// Whether `role` is for partners and authorities; all other roles are for colleagues.
#[must_use]
pub fn is_of_parties(role: &str) -> bool {
    matches!(role, "partner" | "authority")
}

/// The roles of staff, each with what it allows.
pub const ROLES: &[(&str, &str)] = &[
    ("admin", "everything"),
    ("analyst", "everything that can be read, and nothing else"),
    ("author", "what an analyst may, and propose changes of rules"),
    ("approver", "what an author may, and approve what somebody else proposed"),
    ("moderator", "judge cases"),
    ("specialist", "what a moderator may, and judge what was escalated"),
    ("legal", "carry out orders of authorities, and judge cases"),
    ("compliance", "prepare what is owed to authorities and the public, and read what it rests on"),
    ("lead", "judge cases, lead reviewers, read everything"),
    ("partner", "hand in notices for a partner, and see what became of them"),
    ("authority", "hand in orders for an authority, and see what became of them"),
];

/// The roles among `roles`, separated by spaces, that count: those of parties for a member of a
/// party, those of colleagues for everybody else.
#[must_use]
pub fn effective(roles: &str, is_outside: bool) -> String {
    let fitting = roles.split_whitespace().filter(|role| is_of_parties(role) == is_outside);
    fitting.collect::<Vec<_>>().join(" ")
}

/// Whether one of `roles`, separated by spaces, has `permission`.
#[must_use]
pub fn allows(roles: &str, permission: &str) -> bool {
    let row = PERMISSIONS.iter().find(|(name, ..)| *name == permission);
    row.is_some_and(|(.., having)| roles.split_whitespace().any(|role| having.contains(&role)))
}

/// The permission called `name`; `None` if there is none.
#[must_use]
pub fn named(name: &str) -> Option<&'static str> {
    PERMISSIONS.iter().find(|(known, ..)| *known == name).map(|(name, ..)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_analyst_changes_nothing() {
        for (name, ..) in PERMISSIONS {
            // An administrator does not judge people, and does not answer for figures, without having
            // that role as well.
            let is_judging = [":review", ":special", ":execute", ":sign"];
            let is_judging = is_judging.iter().any(|end| name.ends_with(end));
            assert_eq!(allows("admin", name), !is_judging, "{name}");
            assert!(!allows("nobody", name), "{name}");
            let changes = [
                ":write", ":propose", ":approve", ":review", ":special", ":lead", ":execute",
                ":sign",
            ];
            let is_change = changes.iter().any(|end| name.ends_with(end));
            assert!(!(allows("analyst", name) && is_change), "{name}");
            assert!(!(allows("author", name) && name.ends_with(":approve")), "{name}");
        }
        assert!(!allows("admin", "no:such"));
        assert!(allows("analyst legal", "orders:execute"), "somebody may have several roles");
    }
}
