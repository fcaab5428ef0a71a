//! What is asked of the service, and what it answers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Serialize, Serializer};
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::card::Card;
use crate::fault::Fault;
use crate::metrics::{CONTENT_TYPE, Metrics};
use crate::picture;
use crate::queue::Queue;
use crate::upload::{self, Kind};

/// The answer where the network is not sure enough.
pub const ASK: &str = "ask a person";

const PAGE: &str = include_str!("page.html");
/// The page brings all that it needs and asks nobody but this service.
const PAGE_POLICY: &str = "default-src 'none'; connect-src 'self'; img-src blob: data:; style-src 'unsafe-inline'; \
                           script-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

/// What one upload may be, and how much of all of them is held at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of an upload.
    pub bytes: usize,
    /// Bytes of all uploads that are being read or decoded. Beyond that, new ones are turned away.
    pub bytes_at_once: usize,
    /// Pixels of a picture.
    pub pixels: u64,
    /// How long an upload may take.
    pub upload: Duration,
    /// Pictures that are decoded at the same time.
    pub decoders: usize,
}

/// Bytes are counted in blocks of so many, since a semaphore counts to 2^32 at most at a time.
const BLOCK: usize = 1024;

struct Service {
    card: Card,
    limits: Limits,
    queue: Queue,
    metrics: Arc<Metrics>,
    memory: Arc<Semaphore>,
    decoders: Arc<Semaphore>,
}

/// All routes of the service.
pub fn router(card: Card, limits: Limits, queue: Queue, metrics: Arc<Metrics>) -> Router {
    let service = Arc::new(Service {
        memory: Arc::new(Semaphore::new(limits.bytes_at_once.max(limits.bytes).div_ceil(BLOCK))),
        decoders: Arc::new(Semaphore::new(limits.decoders)),
        card,
        limits,
        queue,
        metrics,
    });
    Router::new()
        .route("/", get(page))
        .route("/predict", post(predict))
        .route("/model", get(model))
        .route("/health", get(ready))
        .route("/health/ready", get(ready))
        .route("/health/live", get(async || Json(json!({ "status": "live" }))))
        .route("/metrics", get(metrics_text))
        .fallback(async |uri: Uri| {
            let expected = "one of /, /predict, /model, /health, /health/live, /health/ready, /metrics";
            Fault::new(StatusCode::NOT_FOUND, expected, uri.path())
        })
        .method_not_allowed_fallback(async |method: Method, uri: Uri| {
            let expected = if uri.path() == "/predict" { "POST" } else { "GET" };
            Fault::new(StatusCode::METHOD_NOT_ALLOWED, expected, method.as_str())
        })
        // Uploads have a limit of their own, which says more.
        .layer(DefaultBodyLimit::disable())
        .with_state(service)
}

async fn page() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, PAGE_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, PAGE)
}

async fn model(State(service): State<Arc<Service>>) -> impl IntoResponse {
    let card = &service.card;
    Json(json!({
        "name": card.name, "version": card.version, "description": card.description, "classes": card.classes,
        "input": card.input, "threshold": card.threshold,
        "max_bytes": service.limits.bytes, "max_pixels": service.limits.pixels,
    }))
}

async fn ready(State(service): State<Arc<Service>>) -> Result<impl IntoResponse, Fault> {
    if service.queue.is_ready() {
        Ok(Json(json!({ "status": "ready" })))
    } else {
        Err(Fault::busy("a network that has stopped"))
    }
}

async fn metrics_text(State(service): State<Arc<Service>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], service.metrics.text())
}

/// What is answered to a picture.
#[derive(Serialize)]
struct Prediction<'a> {
    /// The class, or [`ASK`].
    answer: &'a str,
    /// The most probable class.
    class: &'a str,
    probability: f32,
    sure: bool,
    #[serde(serialize_with = "in_order")]
    probabilities: Vec<(&'a str, f32)>,
    milliseconds: f64,
    model: Model<'a>,
}

#[derive(Serialize)]
struct Model<'a> {
    name: &'a str,
    version: &'a str,
}

/// Pairs as a JSON object, in their order.
fn in_order<S: Serializer>(pairs: &[(&str, f32)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().copied())
}

async fn predict(State(service): State<Arc<Service>>, request: Request) -> Response {
    let start = Instant::now();
    let (parts, mut body) = request.into_parts();
    let result = service.probabilities(parts, &mut body).await;
    let response = match result {
        Ok(probabilities) => Json(service.prediction(&probabilities, start)).into_response(),
        Err(fault) => {
            upload::drain(body);
            fault.into_response()
        }
    };
    service
        .metrics
        .answered(response.status().as_u16(), start.elapsed().as_secs_f64());
    response
}

impl Service {
    async fn probabilities(self: &Arc<Self>, parts: Parts, body: &mut Body) -> Result<Vec<f32>, Fault> {
        let (bytes, memory) = self.upload(parts, body).await?;
        let place = self.queue.place()?;
        let decoder = self.decoders.clone().acquire_owned().await;
        let service = self.clone();
        // What was taken is given back where the work ends, even if nobody waits for it any more.
        let decode = move || {
            let values = picture::values(&bytes, &service.card, service.limits.pixels);
            drop((bytes, memory, decoder));
            (values, place)
        };
        let (values, place) = tokio::task::spawn_blocking(decode)
            .await
            .map_err(|_| Fault::internal("a panic while the picture was decoded"))?;
        self.queue.ask(values?, place).await
    }

    /// The bytes of the picture, and the part of the memory that is taken for them.
    async fn upload(&self, parts: Parts, body: &mut Body) -> Result<(Bytes, OwnedSemaphorePermit), Fault> {
        let kind = upload::kind(&parts.headers)?;
        let (most, announced) = (self.limits.bytes, upload::announced(&parts.headers));
        if let Some(bytes) = announced.filter(|bytes| *bytes > most as u64) {
            return Err(upload::too_large(most, bytes));
        }
        if self.queue.is_full() {
            return Err(self.queue.full());
        }
        let blocks = announced.map_or(most, |bytes| bytes as usize).div_ceil(BLOCK);
        let memory = self.memory.clone().try_acquire_many_owned(blocks as u32);
        let memory = memory.map_err(|_| Fault::busy("uploads that fill the memory kept for them"))?;
        let bytes = upload::read(body, most, self.limits.upload).await?;
        let bytes = match kind {
            Kind::Raw => bytes.into(),
            Kind::Form => upload::file(parts, bytes).await?,
        };
        if bytes.is_empty() {
            return Err(Fault::broken("nothing"));
        }
        Ok((bytes, memory))
    }

    fn prediction<'a>(&'a self, probabilities: &[f32], start: Instant) -> Prediction<'a> {
        let names = self.card.classes.iter().map(String::as_str);
        let pairs: Vec<(&str, f32)> = names.zip(probabilities.iter().copied()).collect();
        let best = pairs.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1));
        // A card has at least two classes.
        let (class, probability) = best.unwrap_or((ASK, 0.0));
        let sure = probability >= self.card.threshold;
        if !sure {
            self.metrics.left_to_a_person();
        }
        Prediction {
            answer: if sure { class } else { ASK },
            class,
            probability,
            sure,
            probabilities: pairs,
            milliseconds: (1e5 * start.elapsed().as_secs_f64()).round() / 100.0,
            model: Model {
                name: &self.card.name,
                version: &self.card.version,
            },
        }
    }
}
