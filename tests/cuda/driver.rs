//! The probe of the NVIDIA driver, against libraries that answer as the driver would on other machines.

use std::path::Path;

use crate::compiler::library;
use crate::probe::{Driver, LIBRARY, Version};

/// A driver library: the answer of `cuInit`, the version, and the names of the GPUs.
fn stand_in(folder: &Path, name: &str, init: i32, version: i32, gpus: &[&str]) -> Result<Driver, String> {
    let names = gpus.iter().map(|gpu| format!("\"{gpu}\", ")).collect::<String>();
    let source = format!(
        "#include <string.h>
         static const char *names[] = {{ {names}\"\" }};
         static int ready = 0;
         int cuDriverGetVersion(int *version) {{ *version = {version}; return 0; }}
         int cuInit(unsigned flags) {{ ready = 1; return flags ? 1 : {init}; }}
         int cuDeviceGetCount(int *count) {{ *count = {}; return ready ? 0 : 3; }}
         int cuDeviceGet(int *device, int number) {{ *device = number + 40; return 0; }}
         int cuDeviceGetName(char *text, int size, int device) {{ strncpy(text, names[device - 40], size); return 0; }}",
        gpus.len()
    );
    Driver::find(library(folder, name, &source, false).as_os_str())
}

const NEEDS: Version = Version { major: 12, minor: 4 };

#[test]
fn a_driver_with_gpus_is_described_and_passes() {
    let folder = tempfile::tempdir().expect("a folder");
    let driver = stand_in(folder.path(), "good", 0, 12040, &["NVIDIA Alpha", "NVIDIA Beta"]).expect("a driver");
    assert_eq!(driver.version, NEEDS);
    assert_eq!(driver.gpus, ["NVIDIA Alpha", "NVIDIA Beta"]);
    assert_eq!(driver.check(0, NEEDS), Ok(()));
    assert_eq!(driver.check(1, Version { major: 11, minor: 8 }), Ok(()));
    assert_eq!(driver.describe(1), "NVIDIA Beta (cuda:1), driver for CUDA 12.4");
}

/// Every fault names what is wrong and what to do.
#[test]
fn what_is_missing_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let refused = |name: &str, init, gpus: &[&str]| match stand_in(folder, name, init, 12040, gpus) {
        Err(fault) => fault,
        Ok(driver) => driver.check(0, NEEDS).expect_err("a fault"),
    };
    let says = |fault: String, words: &[&str]| {
        for word in words.iter().chain(&["build without the feature `cuda`"]) {
            assert!(fault.contains(word), "{fault} does not say: {word}");
        }
    };
    let nothing = Driver::find(folder.join("libcuda.so.1").as_os_str()).expect_err("no library");
    says(
        nothing,
        &["cannot be loaded", "Install NVIDIA's driver", "nvidia.com/drivers"],
    );
    says(
        refused("empty", 0, &[]),
        &["finds no GPU", "nvidia-smi", "12.4", "CUDA_VISIBLE_DEVICES"],
    );
    says(
        refused("absent", 100, &["NVIDIA Alpha"]),
        &["finds no GPU", "nvidia-smi"],
    );
    says(refused("stub", 34, &["NVIDIA Alpha"]), &["stand-in", "LD_LIBRARY_PATH"]);
    says(
        refused("torn", 803, &["NVIDIA Alpha"]),
        &["do not fit together", "restart"],
    );
    says(refused("broken", 999, &["NVIDIA Alpha"]), &["cuInit", "error 999"]);
    let foreign = library(
        folder,
        "foreign",
        "int cuDriverGetVersion(int *v) { *v = 12040; return 0; }",
        false,
    );
    says(
        Driver::find(foreign.as_os_str()).expect_err("no cuInit"),
        &["no function cuInit"],
    );
}

#[test]
fn an_old_driver_and_a_number_too_high_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let driver = stand_in(folder.path(), "old", 0, 11080, &["NVIDIA Alpha"]).expect("a driver");
    let old = driver.check(0, NEEDS).expect_err("too old");
    assert!(
        old.contains("good for CUDA 11.8") && old.contains("built with CUDA 12.4"),
        "{old}"
    );
    assert!(old.contains("Install a newer driver"), "{old}");
    let far = driver.check(2, NEEDS).expect_err("no such GPU");
    assert!(
        far.contains("cuda:2, but this machine has one GPU: cuda:0 (NVIDIA Alpha)"),
        "{far}"
    );
}

/// Where this machine has no driver, the real name is refused as well, and nothing panics.
#[test]
fn the_real_name_answers_or_says_why_not() {
    match Driver::find(LIBRARY.as_ref()) {
        Ok(driver) => assert!(driver.version > Version::default()),
        Err(fault) => assert!(fault.contains("NVIDIA"), "{fault}"),
    }
}
