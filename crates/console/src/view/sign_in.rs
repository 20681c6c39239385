//! The sign-in page.

use maud::{Markup, html};

use super::layout;

/// The whole page. `next` is the address to open afterwards.
pub(crate) fn page(error: Option<&str>, next: &str, (csrf, has_provider): (&str, bool)) -> Markup {
    let problem = error.map(|_| "sign-in-error");
    let body = html! {
        div.narrow.card {
            div.narrow-brand {
                img src="/assets/icon.svg" alt="" width="32" height="32";
                h1 { "Probity" }
            }
            @if let Some(error) = error {
                div.stack { p.notice.notice-danger #sign-in-error role="alert" { (error) } }
            }
            form.stack action="/sign-in" method="post" aria-describedby=[problem] {
                input type="hidden" name="csrf" value=(csrf);
                input type="hidden" name="next" value=(next);
                div.field {
                    label for="name" { "Name" }
                    input #name type="text" name="name" autocomplete="username"
                        autocapitalize="off" spellcheck="false" required;
                }
                div.field {
                    label for="password" { "Password" }
                    input #password type="password" name="password"
                        autocomplete="current-password" required;
                }
                div.field {
                    label for="code" { "Authenticator code, if you have one" }
                    input #code type="text" name="code" inputmode="numeric"
                        autocomplete="one-time-code" spellcheck="false" maxlength="8";
                }
                button.primary type="submit" { "Sign in" }
            }
            @if has_provider {
                a.button href="/sign-in/oidc" { "Sign in with your organisation" }
            }
        }
    };
    layout::bare("Sign in", body)
}
