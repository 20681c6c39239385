//! A policy set that is ready for judging: its program and its lists.

use decide::{Checked, Diagnostic, PolicySet, Program};
use signal::Lists;

/// A policy set that is ready for judging.
#[derive(Debug)]
pub struct Rules {
    /// The compiled rules.
    pub program: Program,
    /// The lists, by the numbers that the program uses.
    pub lists: Lists,
}

impl Rules {
    /// Checks and compiles `policy_set`.
    ///
    /// # Errors
    ///
    /// All findings, if one of them is an error.
    pub fn load(policy_set: &PolicySet) -> Result<Self, Vec<Diagnostic>> {
        let (rules, checked) = Self::check(policy_set);
        rules.ok_or(checked.diagnostics)
    }

    /// Checks and compiles `policy_set`, and returns all findings as well; the program is moved to
    /// the rules. Lists of a million terms are built while the rules are checked.
    #[must_use]
    pub fn check(policy_set: &PolicySet) -> (Option<Self>, Checked) {
        let (mut checked, lists) =
            rayon::join(|| policy_set.check(), || Lists::build(&policy_set.read_lists()));
        let program = checked.program.take();
        (program.map(|program| Self { program, lists }), checked)
    }
}
