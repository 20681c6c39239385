//! Extracts parameters of requests; errors are reported as problem details.

use app::{App, Problem};
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::Error;

/// Parameters in the query.
pub struct QueryParameters<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for QueryParameters<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let wrong = |error: QueryRejection| Problem::Wrong(error.body_text());
        let Query(asked) = Query::<T>::from_request_parts(parts, app).await.map_err(wrong)?;
        Ok(Self(asked))
    }
}

/// Parameters in the path.
pub struct Named<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Named<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let wrong = |error: PathRejection| Problem::Wrong(error.body_text());
        let Path(named) = Path::<T>::from_request_parts(parts, app).await.map_err(wrong)?;
        Ok(Self(named))
    }
}
