//! The kernel's place in JupyterLab, and JupyterLab's settings, for this project only.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::json;

use crate::files;
use crate::project::Project;

/// Compile errors come in colours of a fixed palette, some too pale and some too dark for JupyterLab's red ground: darker
/// in the light theme, brighter in the dark one, they can be read.
const CUSTOM_CSS: &str = r#"[data-mime-type="application/vnd.jupyter.stderr"] span[style*="color"] { filter: brightness(0.6); }
body[data-jp-theme-light="false"] [data-mime-type="application/vnd.jupyter.stderr"] span[style*="color"] {
    filter: brightness(2.5);
}
"#;

/// How many messages and bytes of a kernel the server passes on in a second. The kernel sends every printed line as a
/// message of its own, and of more than 1000 a second the server, left to itself, drops some. (The kernel's own pace is some
/// thousands, so nothing is dropped now; a cell that prints without end has to be interrupted.)
const LINES: u32 = 100_000;
const BYTES: u32 = 100_000_000;

/// Registers the kernel for this project's JupyterLab and sets that up to start without questions.
pub fn register(project: &Project) -> Result<()> {
    let spec = json!({
        "argv": [own_copy(project)?, "kernel", "--project", project.root(), "{connection_file}"],
        "display_name": "Rust (gradus)",
        "language": "rust",
        "interrupt_mode": "message",
    });
    write_json(project.state("jupyter/data/kernels/rust/kernel.json"), &spec)?;
    write_json(project.state("jupyter/config/jupyter_lab_config.json"), &server())?;
    files::write(
        &project.state("jupyter/config/custom/custom.css"),
        CUSTOM_CSS.as_bytes(),
    )?;
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

/// The server's settings.
fn server() -> serde_json::Value {
    json!({
        "LabApp": {
            "check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
            "custom_css": true,
            "extension_manager": "readonly",
        },
        "KernelSpecManager": { "ensure_native_kernel": false, "allowed_kernelspecs": ["rust"] },
        "ZMQChannelsWebsocketConnection": { "iopub_msg_rate_limit": LINES, "iopub_data_rate_limit": BYTES },
    })
}

/// Tells JupyterLab that the outputs in the notebooks are ours. It shows no SVG picture of a notebook that it does not
/// trust until the cell has been run.
pub fn trust(project: &Project) -> Result<()> {
    let mut notebooks = Vec::new();
    for folder in ["", "exercises", "solutions"] {
        let Ok(entries) = fs::read_dir(project.notebooks().join(folder)) else {
            continue;
        };
        let paths = entries.flatten().map(|entry| entry.path());
        notebooks.extend(paths.filter(|path| path.extension().is_some_and(|end| end == "ipynb")));
    }
    notebooks.sort();
    let contents = format!("{:x}\n", files::fingerprint(&notebooks));
    let stamp = project.state("stamps/trusted");
    if notebooks.is_empty() || fs::read_to_string(&stamp).is_ok_and(|old| old == contents) {
        return Ok(());
    }
    let program = project.venv_program("jupyter-trust");
    let output = Command::new(&program)
        .args(&notebooks)
        .env("JUPYTER_CONFIG_DIR", project.state("jupyter/config"))
        .env("JUPYTER_DATA_DIR", project.state("jupyter/data"))
        .output()
        .with_context(|| {
            format!(
                "{} cannot be started; delete .gradus/venv and try again",
                program.display()
            )
        })?;
    if !output.status.success() {
        // The course works without; only the charts of chapters that were not run yet stay hidden.
        println!(
            "The charts of a chapter will show once you run it: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
        return Ok(());
    }
    files::write(&stamp, contents.as_bytes())
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

#[cfg(test)]
mod tests {
    use super::server;

    /// `for i in 0..100_000 { println!("{i}") }` takes the kernel some seconds.
    #[test]
    fn the_server_passes_on_what_a_loop_prints() {
        let limits = &server()["ZMQChannelsWebsocketConnection"];
        assert!(limits["iopub_msg_rate_limit"].as_u64() >= Some(100_000), "{limits}");
        assert!(
            limits["iopub_data_rate_limit"].as_u64() >= Some(100_000_000),
            "{limits}"
        );
    }
}
