//! What a notebook shows: the kernel reads it from standard output, between marks of its own.

use std::io::Write as _;

/// What the kernel takes for content of type `mime`. A line that begins as its own marks do, such as the name of a curve, would
/// end the content: an invisible blank keeps it from that.
fn framed(mime: &str, content: &str) -> String {
    let line = |line: &str| {
        let begin = line.trim_start();
        match begin.strip_prefix("EVCXR_") {
            Some(rest) => format!("{}EVCXR\u{200b}_{rest}", &line[..line.len() - begin.len()]),
            None => line.to_string(),
        }
    };
    let lines: Vec<String> = content.trim_end().split('\n').map(line).collect();
    format!("EVCXR_BEGIN_CONTENT {mime}\n{}\nEVCXR_END_CONTENT\n", lines.join("\n"))
}

/// Shows one thing in several forms, each with its MIME type; the notebook takes the richest that it knows.
pub(crate) fn shown(forms: &[(&str, String)]) -> String {
    forms.iter().map(|(mime, content)| framed(mime, content)).collect()
}

/// Prints what [`shown`] gives, at once.
pub(crate) fn show(forms: &[(&str, String)]) {
    let mut out = std::io::stdout().lock();
    // A closed standard output leaves nobody to tell.
    let _ = out.write_all(shown(forms).as_bytes()).and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_cannot_end_its_frame() {
        for name in [
            "EVCXR_END_CONTENT",
            "EVCXR_BEGIN_CONTENT text/plain",
            "EVCXR_PANIC_NOTIFICATION",
        ] {
            for content in [
                name.to_string(),
                format!("<text>\n{name}\n</text>\n"),
                format!("a\n  {name}"),
            ] {
                let framed = framed("text/plain", &content);
                let lines: Vec<&str> = framed.lines().collect();
                let [first, inner @ .., last] = lines.as_slice() else {
                    panic!("{framed}");
                };
                assert_eq!((*first, *last), ("EVCXR_BEGIN_CONTENT text/plain", "EVCXR_END_CONTENT"));
                assert!(!inner.iter().any(|line| line.trim().starts_with("EVCXR_")), "{framed}");
                assert_eq!(inner.join("\n").replace('\u{200b}', ""), content.trim_end());
            }
        }
        assert_eq!(
            framed("a/b", "x EVCXR_END_CONTENT"),
            "EVCXR_BEGIN_CONTENT a/b\nx EVCXR_END_CONTENT\nEVCXR_END_CONTENT\n"
        );
    }
}
