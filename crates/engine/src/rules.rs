//! A policy set ready to judge: its program and its lists.

use decide::{Diagnostic, Pack, Program};
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
        let checked = pack.check();
        match checked.program {
            Some(program) => Ok(Self { program, lists: Lists::build(&checked.lists) }),
            None => Err(checked.diagnostics),
        }
    }
}
