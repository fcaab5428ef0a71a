//! On what a notebook's outputs were made: stored with them, because some of what they say depends on it.

use serde_json::{Value, json};

/// The kind of processor and the compiler.
#[derive(Debug, PartialEq)]
pub struct Made<T> {
    /// What decides how sums are split and rounded.
    pub processor: T,
    /// The compiler's version, which writes the errors.
    pub rustc: T,
}

/// This machine.
pub fn here() -> Made<String> {
    let rustc = crate::process::output("rustc", &["--version"]).unwrap_or_default();
    let rustc = rustc.split_whitespace().nth(1).unwrap_or("unknown").to_string();
    Made {
        processor: processor(),
        rustc,
    }
}

/// What is stored in a notebook.
pub fn read(notebook: &Value) -> Made<Option<String>> {
    let made = &notebook["metadata"]["gradus"];
    let text = |name: &str| made[name].as_str().map(str::to_string);
    Made {
        processor: text("processor"),
        rustc: text("rustc"),
    }
}

/// As a notebook's metadata hold it.
pub fn metadata() -> Value {
    let here = here();
    json!({"processor": here.processor, "rustc": here.rustc})
}

/// The instructions of a processor and the size of its first cache: matrix products cut their sums by both, so that the
/// same seed gives the same numbers to the last bit only where both are the same.
fn processor() -> String {
    let mut text = std::env::consts::ARCH.to_string();
    #[cfg(target_arch = "x86_64")]
    {
        let known = [
            ("AVX-512", std::arch::is_x86_feature_detected!("avx512f")),
            (
                "AVX2",
                std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma"),
            ),
        ];
        if let Some((name, _)) = known.iter().find(|(_, there)| *there) {
            text += &format!(", {name}");
        }
    }
    match first_cache() {
        Some(size) => format!("{text}, L1 {size}"),
        None => text,
    }
}

/// The size of the first cache for data, `32K`, where Linux tells it.
fn first_cache() -> Option<String> {
    let read = |i: u32, name: &str| {
        let text = std::fs::read_to_string(format!("/sys/devices/system/cpu/cpu0/cache/index{i}/{name}")).ok()?;
        Some(text.trim().to_string())
    };
    let data = |i: &u32| read(*i, "level").as_deref() == Some("1") && read(*i, "type").as_deref() == Some("Data");
    read((0..4).find(data)?, "size")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_back() {
        let here = here();
        let stored = read(&json!({"metadata": {"gradus": metadata()}}));
        assert_eq!(
            stored,
            Made {
                processor: Some(here.processor),
                rustc: Some(here.rustc)
            }
        );
        assert_eq!(
            read(&json!({"metadata": {}})),
            Made {
                processor: None,
                rustc: None
            }
        );
    }
}
