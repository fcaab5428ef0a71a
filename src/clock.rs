//! How long something took.
//!
//! WebAssembly by itself has no clock, and the standard library panics when it is asked there: all durations are zero
//! then, and whoever needs them measures outside.

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use std::time::Instant;

#[cfg(target_arch = "wasm32")]
pub(crate) use still::Instant;

#[cfg(target_arch = "wasm32")]
mod still {
    use std::time::Duration;

    /// A moment that no time has passed since.
    #[derive(Clone, Copy)]
    pub(crate) struct Instant;

    impl Instant {
        pub(crate) fn now() -> Self {
            Self
        }

        pub(crate) fn elapsed(self) -> Duration {
            Duration::ZERO
        }
    }
}
