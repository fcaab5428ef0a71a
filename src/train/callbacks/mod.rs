//! What happens beside the training: the hooks of a run, and callbacks that are ready to be added to a learner.
//!
//! [`Callback`] is the trait, with what a run tells it in `events`. [`Checkpoint`] writes files that a run can be taken up
//! from, [`EarlyStopping`] ends it in time, [`CsvLog`] and [`TensorBoard`] write down how it goes, [`WeightAverage`] averages the
//! weights over the last steps.

pub(in crate::train) mod callback;
mod checkpoint;
mod checkpoint_file;
mod csv_log;
mod early_stopping;
pub(in crate::train) mod events;
mod monitor;
pub(in crate::train) mod resumed;
mod tensorboard;
mod weight_average;

pub use callback::Callback;
pub use checkpoint::Checkpoint;
pub use csv_log::CsvLog;
pub use early_stopping::EarlyStopping;
pub use events::{BatchEnd, Control, EpochEnd, FitBegin, FitEnd, Memo, RunState};
pub use monitor::Monitor;
pub use tensorboard::TensorBoard;
pub use weight_average::{NetAverage, WeightAverage};

#[cfg(test)]
mod tests {
    use super::*;

    /// A checkpoint of an earlier version finds the callbacks by these names.
    #[test]
    fn names_do_not_change() {
        let names = [
            EarlyStopping::new(1).name(),
            Checkpoint::new("runs").name(),
            CsvLog::new("run.csv").name(),
            TensorBoard::new("runs").name(),
            WeightAverage::new(0.9).name(),
        ];
        let known = [
            "early_stopping::EarlyStopping",
            "checkpoint::Checkpoint",
            "csv_log::CsvLog",
            "tensorboard::TensorBoard",
            "weight_average::WeightAverage",
        ];
        assert_eq!(names, known.map(|name| format!("gradus::train::{name}")));
    }
}
