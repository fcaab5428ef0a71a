//! The font of all pictures: a subset of DejaVu Sans that travels with the crate.
//!
//! Bitmap text is set with it, so that no system font is needed; vector text is measured with it (it is a
//! wide font, so what fits with it fits with the browser's own sans-serif too).

use std::sync::OnceLock;

use plotters::style::{FontDesc, FontFamily, FontStyle, register_font};

static REGULAR: &[u8] = include_bytes!("fonts/DejaVuSans.ttf");
static BOLD: &[u8] = include_bytes!("fonts/DejaVuSans-Bold.ttf");

/// What plotters' size must be so that one em is one pixel, in bitmaps: it scales by the font's line height.
pub(crate) const BITMAP_SIZE_PER_EM: f64 = 0.928 + 0.236;
/// The same for SVG text.
pub(crate) const SVG_SIZE_PER_EM: f64 = 1.24;

/// Where SVG text has its baseline below its position, in ems.
pub(crate) const SVG_BASELINE: f64 = 0.76;

/// Makes the font known to plotters, once per process.
pub(crate) fn register() {
    static DONE: OnceLock<()> = OnceLock::new();
    DONE.get_or_init(|| {
        // The bytes are constants, and a test draws with them: a failure here cannot happen at run time, and
        // would show as an error of the drawing that follows.
        let _ = register_font("sans-serif", FontStyle::Normal, REGULAR);
        let _ = register_font("sans-serif", FontStyle::Bold, BOLD);
    });
}

/// The font in plotters' own units.
pub(crate) fn describe(plotters_size: f64, bold: bool) -> FontDesc<'static> {
    let style = if bold { FontStyle::Bold } else { FontStyle::Normal };
    FontDesc::new(FontFamily::SansSerif, plotters_size, style)
}

/// The width in pixels of a line of text whose em is `size` pixels.
pub(crate) fn width(text: &str, size: f64, bold: bool) -> f64 {
    register();
    // plotters rounds down to whole pixels: measure large, then scale.
    const ZOOM: f64 = 16.0;
    let (w, _) = describe(size * BITMAP_SIZE_PER_EM * ZOOM, bold)
        .box_size(text)
        .unwrap_or((0, 0));
    f64::from(w) / ZOOM
}

/// The text, or as much of its beginning as fits into `room` pixels, ended with an ellipsis.
pub(crate) fn fit(text: &str, size: f64, bold: bool, room: f64) -> String {
    if width(text, size, bold) <= room {
        return text.to_string();
    }
    let mut kept: Vec<char> = text.chars().collect();
    while !kept.is_empty() {
        kept.pop();
        let shorter: String = kept.iter().collect::<String>().trim_end().to_string() + "…";
        if width(&shorter, size, bold) <= room {
            return shorter;
        }
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_grow_with_text_and_size() {
        let one = width("epoch", 12.0, false);
        assert!((25.0..50.0).contains(&one), "{one}");
        assert!(width("epochs", 12.0, false) > one);
        assert!((width("epoch", 24.0, false) - 2.0 * one).abs() < 0.5);
        assert!(width("epoch", 12.0, true) > one);
    }

    #[test]
    fn long_text_is_cut_to_the_room() {
        let cut = fit("a very long name of a class", 12.0, false, 80.0);
        assert!(cut.ends_with('…') && width(&cut, 12.0, false) <= 80.0, "{cut}");
        assert_eq!(fit("short", 12.0, false, 80.0), "short");
        assert_eq!(fit("wide", 12.0, false, 1.0), "");
    }
}
