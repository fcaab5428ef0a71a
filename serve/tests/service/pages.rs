//! What can be looked at.

use crate::support::{Service, digits_model};

#[test]
fn health_model_and_figures() {
    let service = Service::start(digits_model(), &[]);
    for (path, status) in [
        ("/health", "ready"),
        ("/health/ready", "ready"),
        ("/health/live", "live"),
    ] {
        let answer = service.get(path);
        assert_eq!((answer.status, answer.json["status"].as_str()), (200, Some(status)));
    }
    let model = service.get("/model").json;
    assert_eq!(
        (&model["classes"][9], &model["threshold"]),
        (&"9".into(), &0.8f32.into())
    );
    assert_eq!(service.ask(b"?").status, 400);
    let figures = service.get("/metrics");
    assert!(figures.headers.contains("openmetrics-text"), "{figures:?}");
    for line in [
        "# TYPE gradus_predictions counter",
        "gradus_predictions_total{status=\"400\"} 1",
        "gradus_prediction_seconds_count 1",
        "gradus_waiting 0",
        "# EOF",
    ] {
        assert!(
            figures.text.lines().any(|l| l == line),
            "no {line:?} in {}",
            figures.text
        );
    }
}

/// The page needs nothing from elsewhere, and a reader that does not see it finds its way.
#[test]
fn the_page_stands_alone() {
    let service = Service::start(digits_model(), &[]);
    let page = service.get("/");
    assert_eq!(page.status, 200);
    assert!(
        page.headers.contains("text/html") && page.headers.contains("default-src 'none'"),
        "{}",
        page.headers
    );
    for outside in ["http://", "https://", "//cdn", "@import", "url("] {
        assert!(!page.text.contains(outside), "{outside}");
    }
    for needed in [
        "lang=\"en\"",
        "<label",
        "for=\"file\"",
        "aria-live=\"polite\"",
        "<caption>",
        "<h1>",
        "alt=",
    ] {
        assert!(page.text.contains(needed), "no {needed}");
    }
}
