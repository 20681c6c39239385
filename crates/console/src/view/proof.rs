//! The panel with the proof of a decision. `assets/proof.js` checks the proof in the page.

use std::fmt::Write as _;

use maud::{Markup, PreEscaped, html};

use super::decision::View;
use super::layout;

/// The steps of the check: each with what it checks, and how.
const STEPS: [(&str, &str); 4] = [
    ("The content is what was judged", "SHA-256 over salt, event, facts and decision"),
    ("The entry is in the chain", "leaf = SHA-256(0x00, previous hash, entry)"),
    ("The chain is under the signed root", "inclusion path of RFC 9162"),
    ("The root was signed", "Ed25519 over size, root and time"),
];

/// The panel with the proof, or with the reason why there is none.
pub(crate) fn panel(view: &View) -> Markup {
    html! {
        section.card.stack aria-labelledby="proof-title" data-proof=(view.row.id) {
            div.head {
                div {
                    h2 #proof-title { "Proof" }
                    p.small { "Checked by your browser, not by the server that shows this page." }
                }
                button type="button" data-proof-check hidden { "Check the proof" }
            }
            @if let Some(proof) = &view.proof_json { (steps(view, proof)) }
            @else {
                (layout::empty("No proof yet", "The entry is not under a signed head yet."))
            }
        }
    }
}

fn steps(view: &View, proof: &str) -> Markup {
    html! {
        output.verdict #proof-result data-state="unchecked" {
            "Not checked: without JavaScript, use `probity ledger verify`."
        }
        ol.steps {
            @for (name, how) in STEPS {
                li.step data-step data-state="unchecked" {
                    div {
                        h3 { (name) }
                        p.small.soft data-step-say { (how) }
                        code.break data-step-detail {}
                    }
                    span data-step-state { (layout::badge("info", "Not checked")) }
                }
            }
        }
        script type="application/json" id="proof-data" { (data(view, proof)) }
        div.row {
            a.button href=(download(proof)) download={ "proof-" (view.row.seq) ".json" } {
                "Download proof"
            }
            span.small.soft { "Key of the ledger " code { (view.key) } }
        }
    }
}

/// The proof as a data address, so that it can be saved without another request.
fn download(proof: &str) -> String {
    let mut address = String::from("data:application/json,");
    for byte in proof.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            address.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(address, "%{byte:02X}");
        }
    }
    address
}

/// The data that the check needs, as JSON.
fn data(view: &View, proof: &str) -> Markup {
    let payload = view.payload.as_ref().map_or_else(
        || "null".to_owned(),
        |payload| {
            format!(
                r#"{{"salt_hex":{},"event":{},"facts":{},"decision":{}}}"#,
                quoted(&payload.salt_hex),
                quoted(&payload.event),
                quoted(&payload.facts),
                quoted(&payload.decision),
            )
        },
    );
    let key = quoted(&view.key);
    PreEscaped(inert(&format!(r#"{{"proof":{proof},"payload":{payload},"key":{key}}}"#)))
}

/// JSON that cannot end the element around it: `<` occurs only in strings, and is escaped.
fn inert(json: &str) -> String {
    json.replace('<', "\\u003c")
}

/// A text as a JSON string.
fn quoted(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    json.push('"');
    for letter in text.chars() {
        match letter {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            control if control < ' ' => {
                // Writing to a string does not fail.
                let _ = write!(json, "\\u{:04x}", u32::from(control));
            }
            other => json.push(other),
        }
    }
    json.push('"');
    json
}
