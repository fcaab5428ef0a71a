//! What can be said about a picture without looking at it: its size.

/// Width and height of a picture, `700 × 360`, as far as its kind tells; nothing for other content.
pub fn size(mime: &str, content: &str) -> Option<String> {
    let (width, height) = match mime {
        "image/png" => png(content)?,
        "image/svg+xml" => {
            let tag = &content[content.find("<svg")?..];
            let tag = &tag[..tag.find('>')?];
            (attribute(tag, "width")?, attribute(tag, "height")?)
        }
        _ => return None,
    };
    Some(format!("{width} × {height}"))
}

/// The value of ` name="..."`.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    Some(tag[start..start + tag[start..].find('"')?].to_string())
}

/// The header of a PNG file begins with its size: bytes 16 to 23 (PNG specification, 11.2.1).
fn png(base64: &str) -> Option<(String, String)> {
    let head: Vec<u8> = base64
        .chars()
        .filter(|c| !c.is_whitespace())
        .take(32)
        .map(six_bits)
        .collect::<Option<_>>()?;
    let bytes: Vec<u8> = head
        .chunks_exact(4)
        .flat_map(|c| [c[0] << 2 | c[1] >> 4, c[1] << 4 | c[2] >> 2, c[2] << 6 | c[3]])
        .collect();
    if !bytes.starts_with(b"\x89PNG") {
        return None;
    }
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?).to_string());
    Some((number(16)?, number(20)?))
}

fn six_bits(c: char) -> Option<u8> {
    match c {
        'A'..='Z' => Some(c as u8 - b'A'),
        'a'..='z' => Some(c as u8 - b'a' + 26),
        '0'..='9' => Some(c as u8 - b'0' + 52),
        '+' => Some(62),
        '/' => Some(63),
        _ => None,
    }
}

/// HTML without what is embedded in it, so that it can be read as text: an animation is an `<img>` with its size and its
/// caption around much base64.
pub fn without_data(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some(start) = rest.find(";base64,") {
        let (head, data) = rest.split_at(start + ";base64,".len());
        text.push_str(head);
        rest = data.trim_start_matches(|c| six_bits(c).is_some() || c == '=');
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        let svg = "<svg xmlns=\"x\" width=\"700\" height=\"360\" viewBox=\"0 0 1 1\">\n<rect width=\"9\"/></svg>";
        assert_eq!(size("image/svg+xml", svg).as_deref(), Some("700 × 360"));
        // The first 24 bytes of a picture of 3 × 258 pixels.
        let png = "iVBORw0KGgoAAAANSUhEUgAAAAMAAAEC";
        assert_eq!(size("image/png", png).as_deref(), Some("3 × 258"));
        for broken in ["", "iVBORw0K", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "ä"] {
            assert_eq!(size("image/png", broken), None);
        }
        assert_eq!(size("image/svg+xml", "<svg width=\"3\">"), None);
        assert_eq!(size("text/plain", "3 × 4"), None);
    }

    #[test]
    fn embedded_data_is_cut_out() {
        let html = "<img src=\"data:image/gif;base64,R0lGODlh+/==\" width=\"5\" alt=\"a film\"/>";
        let plain = "<img src=\"data:image/gif;base64,\" width=\"5\" alt=\"a film\"/>";
        assert_eq!(without_data(html), plain);
    }
}
