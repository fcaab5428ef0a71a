//! What a grader is made of.
//!
//! ```
//! use gradus_graders::kit::{Cases, Task, Verdict, approx};
//!
//! /// Task 00.1: half of a number.
//! pub fn half(answer: fn(f32) -> f32) -> Verdict {
//!     Task::new("00.1", "Half of a number")
//!         .hint("What do you multiply by to get half?")
//!         .second_hint("Half of 3 is 1.5: is yours a whole number?")
//!         .grade(|task| {
//!             let mut cases = Cases::new(1);
//!             for _ in 0..20 {
//!                 let x = cases.number(-10.0, 10.0);
//!                 let case = format!("half({x})");
//!                 let got = task.call(&case, || answer(x))?;
//!                 approx(&case, got, x / 2.0, 1e-6).hint_if(got == x * 2.0, "That is twice the number.")?;
//!             }
//!             Ok(())
//!         })
//! }
//! # use gradus_graders::kit::HintIf;
//! assert!(half(|x| 0.5 * x).passed());
//! assert!(!half(|_| 1.0).passed());
//! assert!(half(|x| 2.0 * x).to_string().contains("twice"));
//! assert!(half(|_| todo!()).to_string().contains("not written yet"));
//! ```

mod approx;
mod cases;
mod device;
mod guard;
mod seal;
mod task;
mod verdict;

pub(crate) use approx::near_all;
pub use approx::{HintIf, approx, approx_all, check, equal, shape};
pub use cases::Cases;
pub use device::open_device;
pub use seal::take_seals;
pub use task::Task;
pub use verdict::{Failure, Graded, Verdict};
