//! Errors of this crate on their way through dfdx, and dfdx's errors as errors of this crate.

use std::cell::RefCell;

use dfdx::prelude::*;

use crate::Error;

thread_local! {
    /// The full story behind the last [`CpuError`] that this crate handed to dfdx.
    ///
    /// Layers in a dfdx tuple must return dfdx's own error, which has no room for a message. The message waits here
    /// until `Error::from` meets the error again.
    static PENDING: RefCell<Option<Error>> = const { RefCell::new(None) };
}

/// Puts `error` aside and returns the dfdx error that stands for it.
pub(crate) fn set_aside(error: Error) -> CpuError {
    PENDING.with_borrow_mut(|pending| *pending = Some(error));
    CpuError::WrongNumElements
}

/// The error that was put aside last, if any, and forgets it.
pub fn take_pending_error() -> Option<Error> {
    PENDING.with_borrow_mut(Option::take)
}

impl From<CpuError> for Error {
    fn from(error: CpuError) -> Self {
        match (error, take_pending_error()) {
            (CpuError::WrongNumElements, Some(full)) => full,
            _ => Error::Dfdx(error.to_string()),
        }
    }
}
