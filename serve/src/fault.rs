//! What a request is told that cannot be answered.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Seconds after which a client that was turned away for want of room may come again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// A refusal: its status, what was expected and what came. Sent as JSON.
#[derive(Debug)]
pub struct Fault {
    /// The status of the answer.
    pub status: StatusCode,
    expected: String,
    got: String,
}

impl Fault {
    /// A refusal.
    pub fn new(status: StatusCode, expected: impl Into<String>, got: impl Into<String>) -> Self {
        Self {
            status,
            expected: expected.into(),
            got: got.into(),
        }
    }

    /// 400: what came is no whole picture.
    pub fn broken(got: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "a whole JPEG or PNG picture", got)
    }

    /// 413: more than is taken.
    pub fn too_large(expected: impl Into<String>, got: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, expected, got)
    }

    /// 503: there is no room at the moment.
    pub fn busy(got: impl Into<String>) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "room for one more picture; try again in a second",
            got,
        )
    }

    /// 500: the service failed, not the client.
    pub fn internal(got: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "an answer of the network", got)
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let text = format!("expected {}, got {}", self.expected, self.got);
        let body = Json(json!({ "error": text, "expected": self.expected, "got": self.got }));
        let mut response = (self.status, body).into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        response
    }
}
