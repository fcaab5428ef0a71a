//! What evcxr reads when it starts.

use std::path::PathBuf;

use anyhow::Result;

use super::analyzer::Homes;
use crate::files;
use crate::project::Project;

/// Cells compile without optimization, in a moment; the crates that they call are optimized all the same, by the profile
/// in the project's `.cargo/config.toml`. (Errors from `?` are shown by `Display`, which is the kernel's default.)
const EVCXR_TOML: &str = "[evcxr]\nopt_level = \"0\"\n";
/// The first variable of a session is what makes the analyzer read the crates. This one is moved away, so the kernel
/// forgets it again. And the first `?` makes the kernel compile a cell in another way from then on: if that cell ended in
/// a figure, it would show its inner fields instead.
pub const FIRST_CELL: &str = "let ready: u8 = \"0\".parse()?; let ready = vec![ready]; drop(ready);\n";

/// Writes the settings and returns their folder. With `ahead`, the kernel takes up gradus while it starts, before anyone
/// has run a cell; that is for a crate that is compiled already, because the kernel answers nobody until it is done.
pub fn write(project: &Project, homes: Option<&Homes>, ahead: bool) -> Result<PathBuf> {
    let folder = project.state(if ahead { "evcxr-ahead" } else { "evcxr" });
    files::write(&folder.join("evcxr.toml"), EVCXR_TOML.as_bytes())?;
    let mut init = String::new();
    if let Some(homes) = homes {
        init += &format!(":build_env CARGO_HOME={}\n", homes.real.display());
    }
    if ahead {
        let runtime = serde_json::to_string(&project.notebooks().join("runtime"))?;
        init += &format!(":dep gradus = {{ path = {runtime}, package = \"gradus-notebook\" }}\n");
        files::write(&folder.join("prelude.rs"), FIRST_CELL.as_bytes())?;
    }
    files::write(&folder.join("init.evcxr"), init.as_bytes())?;
    Ok(folder)
}
