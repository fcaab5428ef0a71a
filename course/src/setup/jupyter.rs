//! Settings of the kernel and of JupyterLab, for this project only.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::json;

use crate::files;
use crate::project::Project;

/// Read by the kernel when it starts. Cells compile without optimization, in a moment; the crates that they call are
/// optimized all the same, by the profile in the project's `.cargo/config.toml`.
const EVCXR_TOML: &str = "[evcxr]\nopt_level = \"0\"\n";

/// Writes the kernel's settings.
pub fn configure_kernel(project: &Project) -> Result<()> {
    // Errors from `?` are shown by `Display` ({}), which is the kernel's default.
    files::write(&project.state("evcxr/evcxr.toml"), EVCXR_TOML.as_bytes())
}

/// Registers the kernel for this project's JupyterLab and sets that up to start without questions.
pub fn register(project: &Project) -> Result<()> {
    let spec = json!({
        "argv": [own_copy(project)?, "kernel", "--project", project.root(), "{connection_file}"],
        "display_name": "Rust (gradus)",
        "language": "rust",
        "interrupt_mode": "message",
    });
    write_json(project.state("jupyter/data/kernels/rust/kernel.json"), &spec)?;
    let server = json!({
        "LabApp": { "check_for_updates_class": "jupyterlab.NeverCheckForUpdate", "extension_manager": "readonly" },
        "KernelSpecManager": { "ensure_native_kernel": false, "allowed_kernelspecs": ["rust"] },
    });
    write_json(project.state("jupyter/config/jupyter_lab_config.json"), &server)?;
    let settings = json!({
        "@jupyterlab/apputils-extension:notification": { "fetchNews": "false", "checkForUpdates": false },
        // Else a cell that is run in the first second brings up the question which kernel to use.
        "@jupyterlab/notebook-extension:tracker": { "autoStartDefaultKernel": true },
    });
    write_json(
        project.venv().join("share/jupyter/lab/settings/overrides.json"),
        &settings,
    )
}

fn write_json(path: PathBuf, value: &serde_json::Value) -> Result<()> {
    files::write(&path, format!("{value:#}\n").as_bytes())
}

/// A copy of this program that stays when the build folder is cleaned: JupyterLab starts kernels through it.
fn own_copy(project: &Project) -> Result<PathBuf> {
    let ours = std::env::current_exe().context("this program cannot be found")?;
    let copy = project.state("bin").join(ours.file_name().unwrap_or_default());
    if ours != copy {
        let program = fs::read(&ours).with_context(|| format!("{} cannot be read", ours.display()))?;
        files::write(&copy, &program)?;
        fs::set_permissions(&copy, fs::metadata(&ours)?.permissions())?;
    }
    Ok(copy)
}
