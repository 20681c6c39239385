//! Effects as rules write them: a name, or a table where an effect has a parameter.

use toml::Value;
use types::Effect;

use crate::diagnostic::suggestion;

/// An error in an effect, and what to do.
pub(crate) struct Wrong {
    pub(crate) message: String,
    pub(crate) hint: String,
}

/// Reads the effect in `value`.
pub(crate) fn effect(value: &Value) -> Result<Effect, Wrong> {
    let name = match value {
        Value::String(name) => name.as_str(),
        Value::Table(table) => table.get("effect").and_then(Value::as_str).unwrap_or_default(),
        _ => "",
    };
    if name.is_empty() {
        return Err(wrong(
            "an effect is a name or a table",
            "write `\"limit\"` or `{ effect = \"label\", label = \"…\" }`",
        ));
    }
    if !Effect::names().any(|known| known == name) {
        let hint = match suggestion(name, Effect::names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the effects are {}", Effect::names().collect::<Vec<_>>().join(", ")),
        };
        return Err(wrong(&format!("there is no effect `{name}`"), &hint));
    }
    check_parameters(name, value)?;
    let json = match value {
        Value::Table(table) => serde_json::to_value(table).unwrap_or_default(),
        _ => serde_json::json!({ "effect": name }),
    };
    let effect: Effect = serde_json::from_value(json)
        .map_err(|error| wrong(&format!("`{name}`: {error}"), hint_for(name)))?;
    match effect {
        Effect::Disable { countries } => disable(countries),
        other => Ok(other),
    }
}

fn disable(mut countries: Vec<String>) -> Result<Effect, Wrong> {
    let is_country =
        |code: &String| code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase());
    if countries.is_empty() || !countries.iter().all(is_country) {
        return Err(wrong(
            "`disable` needs countries by their two capital letters",
            hint_for("disable"),
        ));
    }
    countries.sort();
    countries.dedup();
    Ok(Effect::Disable { countries })
}

fn check_parameters(name: &str, value: &Value) -> Result<(), Wrong> {
    let known: &[&str] = match name {
        "disable" => &["countries"],
        "label" | "prompt" => &["label"],
        "suspend_feature" => &["feature", "days"],
        "suspend_account" => &["days"],
        _ => &[],
    };
    let Value::Table(table) = value else { return Ok(()) };
    match table.keys().find(|key| *key != "effect" && !known.contains(&key.as_str())) {
        Some(key) => Err(wrong(&format!("`{name}` has no parameter `{key}`"), hint_for(name))),
        None => Ok(()),
    }
}

fn hint_for(name: &str) -> &'static str {
    match name {
        "disable" => "write `{ effect = \"disable\", countries = [\"RO\"] }`",
        "label" => "write `{ effect = \"label\", label = \"synthetic_media\" }`",
        "prompt" => "write `{ effect = \"prompt\", label = \"helpline\" }`",
        "suspend_feature" => {
            "write `{ effect = \"suspend_feature\", feature = \"live\", days = 7 }`"
        }
        "suspend_account" => "write `{ effect = \"suspend_account\", days = 7 }`",
        _ => "it takes no parameters: write its name",
    }
}

fn wrong(message: &str, hint: &str) -> Wrong {
    Wrong { message: message.to_owned(), hint: hint.to_owned() }
}
