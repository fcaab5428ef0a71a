//! What happens beside the training: the hooks of a run, and callbacks that are ready to be added to a learner.
//!
//! [`Callback`] is the trait, with what a run tells it in `events`. [`Checkpoint`] writes files that a run can be taken up
//! from, [`EarlyStopping`] ends it in time, [`CsvLog`] and [`TensorBoard`] write down how it goes.

pub(in crate::train) mod callback;
mod checkpoint;
mod checkpoint_file;
mod csv_log;
mod early_stopping;
pub(in crate::train) mod events;
mod monitor;
pub(in crate::train) mod resumed;
mod tensorboard;

pub use callback::Callback;
pub use checkpoint::Checkpoint;
pub use csv_log::CsvLog;
pub use early_stopping::EarlyStopping;
pub use events::{BatchEnd, Control, EpochEnd, FitBegin, FitEnd, Memo, RunState};
pub use monitor::Monitor;
pub use tensorboard::TensorBoard;
