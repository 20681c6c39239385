//! One table: what can be done here, and which roles may do it. Every endpoint names its permission.

/// Something that is allowed or not.
pub trait Permit: Send + Sync + 'static {
    /// Its name, also as a scope of API keys.
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
        [admin analyst author approver];
    SubjectsRead "subjects:read" "Read what is known of accounts and content."
        [admin analyst author approver];
    LedgerRead "ledger:read" "Read tree heads and proofs." [admin analyst author approver];
    ListsRead "lists:read" "Read lists." [admin analyst author approver];
    ListsWrite "lists:write" "Change lists." [admin];
    PoliciesRead "policies:read" "Read policies and rules, and try changes of them."
        [admin analyst author approver];
    PoliciesWrite "policies:write" "Put policies in force." [admin];
    RulesPropose "rules:propose" "Propose and back-test changes of rules, and take rules back."
        [admin author approver];
    RulesApprove "rules:approve" "Approve what somebody else proposed, and resume paused rules."
        [admin approver];
    DeliveriesRead "deliveries:read" "See receivers and dead letters."
        [admin analyst author approver];
    DeliveriesWrite "deliveries:write" "Send dead letters again." [admin];
    RefusedRead "refused:read" "See what was refused." [admin analyst author approver];
    OverviewRead "overview:read" "See counts and rates." [admin analyst author approver];
    MetricsRead "metrics:read" "Read metrics." [admin];
}

/// The roles of staff.
pub const ROLES: &[(&str, &str)] = &[
    ("admin", "everything"),
    ("analyst", "everything that can be read, and nothing else"),
    ("author", "what an analyst may, and propose changes of rules"),
    ("approver", "what an author may, and approve what somebody else proposed"),
];

/// Whether `role` has `permission`.
#[must_use]
pub fn allows(role: &str, permission: &str) -> bool {
    let row = PERMISSIONS.iter().find(|(name, ..)| *name == permission);
    row.is_some_and(|(.., roles)| roles.contains(&role))
}

/// The permission called `name`; nothing if there is none.
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
            assert!(allows("admin", name), "{name}");
            assert!(!allows("nobody", name), "{name}");
            let changes = [":write", ":propose", ":approve"];
            let is_change = changes.iter().any(|end| name.ends_with(end));
            assert!(!(allows("analyst", name) && is_change), "{name}");
            assert!(!(allows("author", name) && name.ends_with(":approve")), "{name}");
        }
        assert!(!allows("admin", "no:such"));
    }
}
