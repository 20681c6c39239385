//! A policy set ready to judge: its program and its lists.

use decide::{Checked, Diagnostic, Pack, Program};
use signal::Lists;

/// See the module.
#[derive(Debug)]
pub struct Rules {
    /// The compiled rules.
    pub program: Program,
    /// The lists, by the numbers that the program uses.
    pub lists: Lists,
}

impl Rules {
    /// Checks and compiles `pack`.
    ///
    /// # Errors
    ///
    /// All findings, if one of them is an error.
    pub fn load(pack: &Pack) -> Result<Self, Vec<Diagnostic>> {
        let (rules, checked) = Self::check(pack);
        rules.ok_or(checked.diagnostics)
    }

    /// Checks and compiles `pack`, with all that was found; the program is in the rules. Lists of a
    /// million terms are made ready while the rules are checked.
    #[must_use]
    pub fn check(pack: &Pack) -> (Option<Self>, Checked) {
        let (mut checked, lists) =
            rayon::join(|| pack.check(), || Lists::build(&pack.read_lists()));
        let program = checked.program.take();
        (program.map(|program| Self { program, lists }), checked)
    }
}
