//! The `gradus` crate for notebooks: everything it exports, and the graders of the exercises, behind one shared library.
//!
//! A cell sees both as one crate: `gradus::exercise` is the package `gradus-graders`, which no other program needs.
//!
//! Loading the library also makes panics short: one line with the message, instead of a backtrace through the kernel.

#[doc(hidden)]
pub mod claims;

pub use gradus::*;
pub use gradus_graders as exercise;

/// Everything that a notebook uses, by one line: the crate's own prelude, and the graders.
pub mod prelude {
    pub use crate::exercise::{self, Verdict};
    pub use gradus::prelude::*;
}

#[ctor::ctor(unsafe)]
fn shorten_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let payload = panic.payload();
        let text = payload.downcast_ref::<&str>().copied();
        let text = text
            .or(payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("(no message)");
        let place = panic
            .location()
            .map(|l| format!(" at line {} of {}", l.line(), short(l.file())))
            .unwrap_or_default();
        eprintln!("The cell panicked{place}: {text}");
        if let Some(error) = gradus::device::take_pending_error() {
            eprintln!("{error}");
        }
    }));
}

/// The file without the folders of one machine: `src/tensor.rs` of a crate, or just the name.
fn short(file: &str) -> &str {
    let cut = file.rfind("/src/").and_then(|at| file[..at].rfind('/'));
    cut.map_or(file, |at| &file[at + 1..])
}
