//! The rule language: parse → check → compile → evaluate → explain.
//!
//! A policy set is TOML files with conditions in a typed, loop-free subset of CEL, and lists. It is
//! checked as a whole ([`PolicySet::check`]), compiled into one graph ([`Program`]), and evaluated
//! against an event, its facts and the answers of the detectors ([`Program::evaluate`]).
//!
//! Not here: detectors, files, clocks. The caller of the evaluation supplies [`Answers`].

pub mod ast;
mod calls;
mod candidates;
pub mod case;
mod cel_text;
mod check;
pub mod columns;
mod compile;
pub mod counter;
mod declared;
pub mod diagnostic;
mod effects;
pub mod eval;
pub mod explain;
pub mod expression;
mod file_name;
pub mod format;
pub mod function;
mod lint;
mod overlap;
pub mod policy_set;
pub mod probe;
pub mod program;
mod rules;
mod span;
pub mod stage;

pub use counter::{Counter, Measure};
pub use diagnostic::{Diagnostic, Level};
pub use eval::{Answers, Scratch, Verdict};
pub use file_name::{NAMES, is_name};
pub use function::{Argument, FUNCTIONS, Need, Query};
pub use policy_set::{Checked, PolicySet, Source};
pub use program::{Program, Rule};
pub use stage::{Breaker, Stage};
