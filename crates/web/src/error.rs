//! Why a request was not carried out, as an HTTP response: problem details (RFC 9457).

use app::Problem;
use app::service::jobs;
use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A [`Problem`] as a response to the client.
#[derive(Debug)]
pub struct Error(pub Problem);

impl<T: Into<Problem>> From<T> for Error {
    fn from(problem: T) -> Self {
        Self(problem.into())
    }
}

/// The HTTP status of `problem`.
#[must_use]
pub fn status(problem: &Problem) -> StatusCode {
    StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The header with the address of the job with that number.
fn at(id: u64) -> HeaderMap {
    let value = HeaderValue::from_str(&jobs::address(id)).ok();
    value.into_iter().map(|value| (header::LOCATION, value)).collect()
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let problem = self.0;
        problem.log();
        if let Problem::Later(job) = problem {
            return (StatusCode::ACCEPTED, at(job.id), Json(job)).into_response();
        }
        let retry_after = problem.retry_after();
        let is_unauthenticated = matches!(problem, Problem::Unauthenticated);
        let mut response = (status(&problem), Json(problem.details())).into_response();
        let headers = response.headers_mut();
        let json = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, json);
        if let Problem::Running(_, id) = problem {
            headers.extend(at(id));
        }
        if let Some(wait) = retry_after {
            // Whole seconds, rounded up.
            let seconds = wait.as_millis().div_ceil(1000).max(1);
            headers.insert(
                header::RETRY_AFTER,
                HeaderValue::from(u64::try_from(seconds).unwrap_or(1)),
            );
        }
        if is_unauthenticated {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
