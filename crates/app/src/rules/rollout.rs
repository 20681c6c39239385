//! The rollout of rules from draft to live: which steps are allowed, and how a file states them.

use decide::Stage;
use toml_edit::{DocumentMut, Item, TableLike, Value};

use crate::service::problem::Problem;

/// A step of the rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// More effect: a second person decides.
    Up,
    /// Less effect: safe, and active at once.
    Down,
}

/// The stage called `name`.
pub fn stage(name: &str) -> Result<Stage, Problem> {
    Stage::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = Stage::ALL.iter().map(|stage| stage.name()).collect();
        Problem::Wrong(format!("there is no stage `{name}`; the stages are {}", names.join(", ")))
    })
}

fn place(stage: Stage) -> usize {
    Stage::ALL.iter().position(|known| *known == stage).unwrap_or(0)
}

/// The stage above `stage`.
pub fn above(stage: Stage) -> Option<Stage> {
    Stage::ALL.get(place(stage) + 1).copied()
}

/// The stages below `stage`, the highest first.
pub fn below(stage: Stage) -> Vec<Stage> {
    Stage::ALL.iter().take(place(stage)).rev().copied().collect()
}

/// The step from `from` to `to`, if it is allowed: to any stage below, or to the next one above.
pub fn step(from: Stage, to: Stage) -> Result<Step, Problem> {
    if place(to) < place(from) {
        return Ok(Step::Down);
    }
    match above(from) {
        _ if to == from => Err(Problem::Wrong(format!("the rule is at {} already", to.name()))),
        Some(next) if next == to => Ok(Step::Up),
        Some(next) => Err(Problem::Wrong(format!(
            "the rule is at {}, and goes up one step at a time: to {}",
            from.name(),
            next.name()
        ))),
        None => Err(Problem::Wrong("the rule is live already".to_owned())),
    }
}

/// `text` with the rule called `id` at `stage`, in the same layout; `None` if it has no such rule.
pub fn edit(text: &str, id: &str, stage: Stage) -> Option<String> {
    let mut document: DocumentMut = text.parse().ok()?;
    let is_it = |rule: &dyn TableLike| rule.get("id").and_then(Item::as_str) == Some(id);
    match document.get_mut("rule")? {
        Item::ArrayOfTables(rules) => put(rules.iter_mut().find(|rule| is_it(&**rule))?, stage),
        Item::Value(Value::Array(rules)) => {
            let mut rules = rules.iter_mut().filter_map(Value::as_inline_table_mut);
            put(rules.find(|rule| is_it(&**rule))?, stage);
        }
        _ => return None,
    }
    Some(document.to_string())
}

/// Sets the stage of `rule`.
fn put(rule: &mut dyn TableLike, stage: Stage) {
    match rule.get_mut("stage").and_then(Item::as_value_mut) {
        Some(value) => {
            let decor = value.decor().clone();
            *value = Value::from(stage.name());
            *value.decor_mut() = decor;
        }
        None => {
            rule.insert("stage", toml_edit::value(stage.name()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn up_goes_step_by_step_and_down_at_once() {
        assert_eq!(step(Stage::Shadow, Stage::Share(1)).unwrap(), Step::Up);
        assert_eq!(step(Stage::Live, Stage::Draft).unwrap(), Step::Down);
        assert!(step(Stage::Draft, Stage::Live).is_err());
        assert!(step(Stage::Live, Stage::Live).is_err());
        assert_eq!(above(Stage::Live), None);
        assert_eq!(below(Stage::Share(1)), [Stage::Shadow, Stage::Draft]);
        assert!(stage("half").is_err());
    }

    #[test]
    fn a_file_keeps_its_layout() {
        let text = "# kept\n[[rule]]\nid = \"a\"\nwhen = '''\nflags() > 5''' # why\n\n\
                    [[rule]] # second\nid   = \"b\"\nstage  = \"shadow\" # until June\nnote = \"n\"\n";
        let live = edit(text, "b", Stage::Live).unwrap();
        assert_eq!(live, text.replace("\"shadow\"", "\"live\""));
        let share = edit(text, "a", Stage::Share(10)).unwrap();
        let expected = text.replace("# why\n", "# why\nstage = \"10%\"\n");
        assert_eq!(share, expected);
        assert_eq!(edit(text, "c", Stage::Live), None);
        let inline = "rule = [{ id = \"a\", stage = \"draft\" }]\n";
        assert_eq!(edit(inline, "a", Stage::Shadow).unwrap(), inline.replace("draft", "shadow"));
    }
}
