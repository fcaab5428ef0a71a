//! Figures of what other folders compute: the `plot()` of a report, a history, an explanation, a data set.
//!
//! Computing and drawing are apart. `metrics`, `train`, `data`, `ops` and `explainers` know nothing of figures; here
//! their types get the methods that draw them, and the functions that draw several of them together.

pub(super) mod attribution;
pub(super) mod calibration;
pub(super) mod confusion;
pub(super) mod curves;
pub(super) mod dataset;
pub(super) mod derivative;
pub(super) mod detection;
pub(super) mod diagnosis;
pub(super) mod explanations;
pub(super) mod faithfulness;
pub(super) mod guesses;
pub(super) mod history;
pub(super) mod rates;
pub(super) mod sample;
pub(super) mod segments;
