//! The viewer of a page. Visitors who are not signed in are sent to the sign-in page.

use std::marker::PhantomData;

use app::access::caller::{Caller, is_same, sender};
use app::access::permission::{Permit, PoliciesRead};
use app::rules::proposals;
use app::{App, Problem};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use maud::Markup;
use web::principal::identify;

use crate::view::layout::{Frame, encoded, first_page};
use crate::view::oops;

/// A staff member who may see the page.
pub(crate) struct Signed<P> {
    pub(crate) name: String,
    pub(crate) role: String,
    pub(crate) csrf: String,
    pub(crate) caller: Caller,
    /// Number of open proposals.
    open: u64,
    permission: PhantomData<P>,
}

impl<P> Signed<P> {
    fn new(caller: Caller) -> Self {
        let (name, role, csrf) = match &caller {
            Caller::Staff { name, role, csrf, .. } => (name.clone(), role.clone(), csrf.clone()),
            Caller::Key { id, .. } => (id.clone(), String::new(), String::new()),
        };
        Self { name, role, csrf, caller, open: 0, permission: PhantomData }
    }

    /// The frame of the page with this `title`, under the entry `path` of the navigation.
    pub(crate) fn frame(&self, path: &'static str, title: impl Into<String>) -> Frame {
        let (title, user) = (title.into(), Some(self.name.clone()));
        let role = self.role.clone();
        Frame { title, path, user, role, csrf: self.csrf.clone(), open: self.open }
    }

    /// The name of this person as a sender, for what is stored.
    pub(crate) fn sender(&self) -> String {
        sender(&self.name)
    }

    /// Whether this person also has `permission`.
    pub(crate) fn may(&self, permission: &str) -> bool {
        self.caller.may(permission)
    }

    /// Refuses a form without the token of this session.
    pub(crate) fn check(&self, csrf: &str) -> Result<(), Away> {
        if is_same(csrf, &self.csrf) { Ok(()) } else { Err(self.oops(Problem::Forged)) }
    }

    /// The error page for `problem`.
    pub(crate) fn oops(&self, problem: Problem) -> Away {
        Away::Oops(Box::new(self.frame("", problem.title())), problem)
    }
}

/// Why a page is not shown.
pub(crate) enum Away {
    /// To the sign-in page, and back afterwards.
    SignIn(String),
    /// To the first page that the viewer may see.
    Elsewhere(&'static str),
    /// An error page.
    Oops(Box<Frame>, Problem),
}

impl From<Problem> for Away {
    fn from(problem: Problem) -> Self {
        let title = problem.title().to_owned();
        let frame = Frame {
            title,
            path: "",
            user: None,
            role: String::new(),
            csrf: String::new(),
            open: 0,
        };
        Self::Oops(Box::new(frame), problem)
    }
}

impl IntoResponse for Away {
    fn into_response(self) -> Response {
        match self {
            Self::SignIn(next) => {
                let to = format!("/sign-in?next={}", encoded(&next).replace('&', "%26"));
                Redirect::to(&to).into_response()
            }
            Self::Elsewhere(path) => Redirect::to(path).into_response(),
            Self::Oops(frame, problem) => {
                problem.log();
                (web::status(&problem), wrong(&frame, &problem)).into_response()
            }
        }
    }
}

fn wrong(frame: &Frame, problem: &Problem) -> Markup {
    let what_next = match problem {
        Problem::NotFound(_) => "check the address, or use the search at the top",
        Problem::Forbidden(_) => "ask an administrator for a role that may do this",
        Problem::WrongPerson(_) => "ask a colleague who may do this",
        Problem::Stale(_) | Problem::Decided(_) | Problem::Changed => {
            "go back, reload the page and see what changed"
        }
        Problem::Running(..) => "wait for the running job; it is listed under System, Jobs",
        Problem::Forged => "go back, reload the page and try again",
        Problem::NotReady(_)
        | Problem::Full
        | Problem::Locked
        | Problem::TimedOut
        | Problem::Busy(_) => "wait a moment and reload the page",
        Problem::Internal(_) | Problem::Unreadable(_) => "find the cause in the log of the server",
        _ => "go back and correct the request",
    };
    oops::page(frame, problem.status(), problem.title(), &problem.to_string(), what_next)
}

impl<P: Permit> FromRequestParts<App> for Signed<P> {
    type Rejection = Away;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Away> {
        let caller = identify(&parts.headers, app).await?;
        let id = caller.as_ref().map(Caller::id).unwrap_or_default();
        let Some(caller @ Caller::Staff { .. }) = caller else {
            let next = parts.uri.path_and_query().map_or("/", |next| next.as_str());
            return Err(Away::SignIn(next.to_owned()));
        };
        let mut signed = Self::new(caller);
        app.limits.request(&id).map_err(|problem| signed.oops(problem))?;
        if signed.may(PoliciesRead::NAME) {
            signed.open = proposals::open(app).await?;
        }
        match signed.may(P::NAME) {
            true => Ok(signed),
            false if parts.uri.path() == "/" => match first_page(&signed.role) {
                Some(path) => Err(Away::Elsewhere(path)),
                None => Err(signed.oops(Problem::Forbidden(P::NAME))),
            },
            false => Err(signed.oops(Problem::Forbidden(P::NAME))),
        }
    }
}
