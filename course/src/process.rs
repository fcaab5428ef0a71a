//! Other programs, and what keeps them out.

use std::process::{Command, Stdio};

/// What a program prints, or nothing if it is not there or fails.
pub fn output(program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_string())
}

/// What a program says when it fails; nothing if it does not, or is not there.
pub fn error_of(program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

/// A fresh secret, long enough that nobody guesses it.
pub fn token() -> String {
    jupyter_protocol::JupyterMessage::from(jupyter_protocol::KernelInfoRequest {})
        .header
        .msg_id
        .replace('-', "")
}

#[cfg(test)]
mod tests {
    use super::token;

    #[test]
    fn tokens_are_long_and_differ() {
        assert_ne!(token(), token());
        assert!(token().len() >= 32);
    }
}
