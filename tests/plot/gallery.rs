//! Shared by the plot tests: every figure they draw is kept as a file, to be looked at, and checked for what all
//! figures promise. The files lie in the `gallery` folder of cargo's temporary folder for tests.

use std::path::PathBuf;

use gradus::plot::Figure;

/// Where the figures are kept.
pub fn gallery() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("gallery");
    std::fs::create_dir_all(&folder).expect("the gallery folder");
    folder
}

/// Saves a figure that must have been drawn, and checks it.
pub fn keep(name: &str, figure: &Figure) {
    assert_eq!(figure.error(), None, "{name}");
    let ending = figure.mime().rsplit('/').next().unwrap().trim_end_matches("+xml");
    figure.save(gallery().join(format!("{name}.{ending}"))).unwrap();
    assert!(!figure.alt().is_empty());
    let bytes = figure.bytes().unwrap();
    assert!(bytes.len() < 250_000, "{name} has {} bytes", bytes.len());
    match figure.mime() {
        "image/svg+xml" => {
            svg_of(figure);
        }
        "image/png" => {
            let (w, h, rgb) = rgb_of(&bytes);
            assert_eq!(figure.size(), (w as u32, h as u32));
            // Text or lines in the outermost pixels would be cut off.
            let edge = |x: usize, y: usize| x < 3 || y < 3 || x + 3 >= w || y + 3 >= h;
            let inked = |i: usize| rgb[i * 3..i * 3 + 3] != [255, 255, 255];
            let cut = (0..w * h).find(|&i| edge(i % w, i / w) && inked(i));
            assert_eq!(cut.map(|i| (i % w, i / w)), None, "{name} touches its edge");
        }
        _ => assert!(bytes.starts_with(b"GIF89a")),
    }
}

/// The text of an SVG figure, after it was parsed and found to have title, description, size and white ground.
pub fn svg_of(figure: &Figure) -> String {
    let text = String::from_utf8(figure.bytes().unwrap()).unwrap();
    assert!(text.len() < 60_000, "{} bytes", text.len());
    let document = roxmltree::Document::parse(&text).expect("well-formed XML");
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "svg");
    let (w, h) = figure.size();
    assert_eq!(root.attribute("width"), Some(w.to_string().as_str()));
    assert_eq!(root.attribute("height"), Some(h.to_string().as_str()));
    let child = |name: &str| {
        root.children()
            .find(|n| n.has_tag_name((root.tag_name().namespace().unwrap(), name)))
    };
    assert_eq!(child("title").and_then(|n| n.text()), Some(figure.alt()));
    assert_eq!(child("desc").and_then(|n| n.text()), Some(figure.alt()));
    assert_eq!(child("rect").and_then(|n| n.attribute("fill")), Some("#ffffff"));
    text
}

/// Width, height and RGB pixels of a PNG file.
pub fn rgb_of(bytes: &[u8]) -> (usize, usize, Vec<u8>) {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().expect("a PNG header");
    let mut rgb = vec![0; reader.output_buffer_size().expect("a size")];
    let info = reader.next_frame(&mut rgb).expect("PNG pixels");
    assert_eq!(info.color_type, png::ColorType::Rgb);
    (info.width as usize, info.height as usize, rgb)
}
