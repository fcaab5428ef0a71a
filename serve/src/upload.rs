//! The body of a request, read within its limits.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt;
use tokio::time::timeout;

use crate::fault::Fault;

/// How long the rest of a body that was refused is read (and thrown away), so that the client gets to read why.
const DRAIN: Duration = Duration::from_secs(2);

/// How the picture is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The body is the picture.
    Raw,
    /// The body is a form with one file.
    Form,
}

/// How the picture is packed, by the type that the request names.
///
/// # Errors
/// 415 where it names a type that is no picture.
pub fn kind(headers: &HeaderMap) -> Result<Kind, Fault> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return Ok(Kind::Raw);
    };
    let text = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
    match text.split(';').next().unwrap_or_default().trim() {
        "multipart/form-data" => Ok(Kind::Form),
        // What curl says unless it is told otherwise.
        "image/jpeg" | "image/png" | "application/octet-stream" | "application/x-www-form-urlencoded" => Ok(Kind::Raw),
        _ => Err(Fault::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the Content-Type image/jpeg, image/png, application/octet-stream or multipart/form-data",
            text,
        )),
    }
}

/// The number of bytes that the request announces.
pub fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// What a body of more than `most` bytes is told.
pub fn too_large(most: usize, got: impl std::fmt::Display) -> Fault {
    Fault::too_large(format!("at most {most} bytes"), format!("{got} bytes"))
}

/// Reads the body: at most `most` bytes, within `limit`.
///
/// # Errors
/// 413, 408, and 400 where it breaks off.
pub async fn read(body: &mut Body, most: usize, limit: Duration) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    match timeout(limit, read_all(body, most, &mut bytes)).await {
        Ok(result) => result.map(|()| bytes),
        Err(_) => Err(Fault::new(
            StatusCode::REQUEST_TIMEOUT,
            format!("the whole picture within {} seconds", limit.as_secs_f64()),
            format!("{} bytes in that time", bytes.len()),
        )),
    }
}

async fn read_all(body: &mut Body, most: usize, bytes: &mut Vec<u8>) -> Result<(), Fault> {
    while let Some(frame) = body.frame().await {
        let frame =
            frame.map_err(|_| Fault::broken(format!("{} bytes, and then the connection broke off", bytes.len())))?;
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > most {
            return Err(too_large(most, format_args!("more than {most}")));
        }
        bytes.extend_from_slice(&data);
    }
    Ok(())
}

/// Reads on for a while and throws away what comes: a client that is still sending does not look at the answer.
pub fn drain(mut body: Body) {
    tokio::spawn(timeout(
        DRAIN,
        async move { while let Some(Ok(_)) = body.frame().await {} },
    ));
}

/// The file in a form.
///
/// # Errors
/// 400 where the form is broken, 422 where it does not hold exactly one file.
pub async fn file(parts: Parts, bytes: Vec<u8>) -> Result<Bytes, Fault> {
    let request = Request::from_parts(parts, Body::from(bytes));
    let broken = |error: String| {
        Fault::new(
            StatusCode::BAD_REQUEST,
            "a whole form of the type multipart/form-data",
            error,
        )
    };
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|error| broken(error.body_text()))?;
    let mut files = Vec::new();
    while let Some(field) = form.next_field().await.map_err(|error| broken(error.body_text()))? {
        if field.file_name().is_some() {
            files.push(field.bytes().await.map_err(|error| broken(error.body_text()))?);
        }
    }
    let count = files.len();
    files.pop().filter(|_| count == 1).ok_or_else(|| {
        Fault::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "a form with one file",
            format!("one with {count} files"),
        )
    })
}
