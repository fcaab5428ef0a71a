//! Which device is asked for.

use crate::{Error, Result};

/// The variable that names the device.
const VARIABLE: &str = "GRADUS_DEVICE";

/// A device that a build may know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// The processor.
    Cpu,
    /// The GPU with this number, from 0.
    Cuda(usize),
}

/// The device that `GRADUS_DEVICE` names, or the one that this build is for.
///
/// # Errors
/// [`Error::Device`] where it names something else, or what this build does not know.
pub(super) fn chosen() -> Result<Choice> {
    let text = match std::env::var(VARIABLE) {
        Ok(text) => Some(text),
        Err(std::env::VarError::NotPresent) => None,
        Err(std::env::VarError::NotUnicode(text)) => Some(text.to_string_lossy().into_owned()),
    };
    read(text.as_deref(), cfg!(feature = "cuda"))
}

/// [`chosen`] for a value of the variable, in a build with the `cuda` feature or without.
fn read(text: Option<&str>, cuda: bool) -> Result<Choice> {
    let usual = if cuda { Choice::Cuda(0) } else { Choice::Cpu };
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(usual);
    };
    let lower = text.to_ascii_lowercase();
    let choice = match lower.split_once(':') {
        None if lower == "cpu" => Some(Choice::Cpu),
        None if lower == "cuda" => Some(Choice::Cuda(0)),
        Some(("cuda", number)) => number.parse().ok().map(Choice::Cuda),
        _ => None,
    };
    match choice {
        Some(Choice::Cuda(_)) if !cuda => Err(Error::Device(format!(
            "{VARIABLE}={text}, but this build computes on the CPU only: {VARIABLE}=cpu or nothing. For a GPU, build with the feature `cuda` (notebooks: `:dep gradus = {{ path = \"runtime\", package = \"gradus-notebook\", features = [\"cuda\"] }}`)"
        ))),
        Some(Choice::Cpu) if cuda => Err(Error::Device(format!(
            "{VARIABLE}={text}, but this build computes on a GPU only: {VARIABLE}=cuda:0, another number, or nothing. For the CPU, build without the feature `cuda`"
        ))),
        Some(choice) => Ok(choice),
        None => Err(Error::Device(format!(
            "{VARIABLE}={text} names no device. In this build it may be {}, or nothing",
            if cuda {
                "cuda:0 (the first GPU), cuda:1, ..."
            } else {
                "cpu"
            }
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_takes_the_devices_that_it_knows() {
        for nothing in [None, Some(""), Some("  ")] {
            assert_eq!(read(nothing, false).expect("CPU"), Choice::Cpu);
            assert_eq!(read(nothing, true).expect("GPU"), Choice::Cuda(0));
        }
        assert_eq!(read(Some("cpu"), false).expect("CPU"), Choice::Cpu);
        assert_eq!(read(Some(" CPU "), false).expect("CPU"), Choice::Cpu);
        assert_eq!(read(Some("cuda"), true).expect("GPU"), Choice::Cuda(0));
        assert_eq!(read(Some("cuda:3"), true).expect("GPU"), Choice::Cuda(3));
    }

    #[test]
    fn anything_else_is_refused_with_what_is_possible() {
        let refused = |text: &str, cuda: bool| match read(Some(text), cuda) {
            Err(Error::Device(message)) => message,
            other => panic!("{text}: {other:?}"),
        };
        assert!(refused("cuda:0", false).contains("build with the feature `cuda`"));
        assert!(refused("cpu", true).contains("build without the feature `cuda`"));
        for odd in ["gpu", "cuda:", "cuda:x", "cuda:-1", "cpu:0", "0", "cuda:0:1"] {
            assert!(refused(odd, true).contains("cuda:0 (the first GPU)"), "{odd}");
            assert!(refused(odd, false).contains("it may be cpu"), "{odd}");
        }
    }
}
