//! What the service counts, for Prometheus to read.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// The type of the text that [`Metrics::text`] gives.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Label = [(&'static str, String); 1];

/// The figures of the service.
pub struct Metrics {
    registry: Registry,
    predictions: Family<Label, Counter>,
    seconds: Histogram,
    /// Pictures that went through the network at once.
    pub batch: Histogram,
    /// Pictures that have been accepted and not answered yet.
    pub waiting: Gauge,
    /// Open connections.
    pub connections: Gauge,
    /// Whether each answer was left to a person.
    unsure: Counter<u64, AtomicU64>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("gradus");
        let predictions = Family::default();
        let seconds = Histogram::new([
            0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
        ]);
        let batch = Histogram::new([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0]);
        let (waiting, connections, unsure) = (Gauge::default(), Gauge::default(), Counter::default());
        registry.register(
            "predictions",
            "Requests for a prediction, by the status of their answer",
            Family::clone(&predictions),
        );
        registry.register(
            "prediction_seconds",
            "Seconds from a request to its answer",
            Histogram::clone(&seconds),
        );
        registry.register(
            "batch_size",
            "Pictures that went through the network at once",
            Histogram::clone(&batch),
        );
        registry.register(
            "waiting",
            "Pictures that were accepted and are not answered yet",
            Gauge::clone(&waiting),
        );
        registry.register("connections", "Open connections", Gauge::clone(&connections));
        registry.register("unsure", "Answers that ask a person", Counter::clone(&unsure));
        Self {
            registry,
            predictions,
            seconds,
            batch,
            waiting,
            connections,
            unsure,
        }
    }
}

impl Metrics {
    /// Counts a request that was answered with `status` after so many seconds.
    pub fn answered(&self, status: u16, seconds: f64) {
        self.predictions.get_or_create(&[("status", status.to_string())]).inc();
        self.seconds.observe(seconds);
    }

    /// Counts an answer that is left to a person.
    pub fn left_to_a_person(&self) {
        self.unsure.inc();
    }

    /// All figures, as text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
