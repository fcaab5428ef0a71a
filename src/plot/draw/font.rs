//! The font of all pictures: a subset of DejaVu Sans that travels with the crate.
//!
//! Bitmap text is set with it, so that no system font is needed; vector text is measured with it (it is a
//! wide font, so what fits with it fits with the browser's own sans-serif too).

use std::collections::HashMap;

use super::glyphs::drawable;
#[cfg(not(target_arch = "wasm32"))]
use super::typeface::{BOLD, REGULAR};
#[cfg(not(target_arch = "wasm32"))]
use plotters::style::register_font;
use plotters::style::{FontDesc, FontFamily, FontStyle};

/// What plotters' size must be so that one em is one pixel, in bitmaps: it scales by the font's line height.
pub(crate) const BITMAP_SIZE_PER_EM: f64 = 0.928 + 0.236;
/// The same for SVG text.
pub(crate) const SVG_SIZE_PER_EM: f64 = 1.24;

/// Where SVG text has its baseline below its position, in ems.
pub(crate) const SVG_BASELINE: f64 = 0.76;

/// Makes the font known to plotters, once per process. In WebAssembly plotters leaves text to the browser.
#[cfg(target_arch = "wasm32")]
pub(crate) fn register() {}

/// Makes the font known to plotters, once per process. In WebAssembly plotters leaves text to the browser.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn register() {
    static DONE: std::sync::OnceLock<()> = std::sync::OnceLock::new();
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
    let text = &drawable(text);
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

/// Several texts, each as [`fit`] cuts it; those that would look alike then, though they are not, are cut in their middle, and
/// numbered where that does not help either.
pub(crate) fn fit_each(texts: &[String], size: f64, bold: bool, room: f64) -> Vec<String> {
    let mut shown: Vec<String> = texts.iter().map(|text| fit(text, size, bold, room)).collect();
    for i in alike(texts, &shown) {
        shown[i] = fit_ends(&texts[i], size, bold, room);
    }
    for i in alike(texts, &shown) {
        shown[i] = fit(&format!("{i} {}", texts[i]), size, bold, room);
    }
    shown
}

/// Which texts look like another one, although they are not.
fn alike(texts: &[String], shown: &[String]) -> Vec<usize> {
    let mut groups: HashMap<&str, Vec<usize>> = HashMap::new();
    (0..texts.len()).for_each(|i| groups.entry(&shown[i]).or_default().push(i));
    let mut alike: Vec<usize> = groups
        .into_values()
        .filter(|group| group.iter().any(|&i| texts[i] != texts[group[0]]))
        .flatten()
        .collect();
    alike.sort_unstable();
    alike
}

/// The text, or as much of its beginning and of its end as fits into `room` pixels, with an ellipsis between.
fn fit_ends(text: &str, size: f64, bold: bool, room: f64) -> String {
    let all: Vec<char> = text.chars().collect();
    for kept in (2..all.len()).rev() {
        let (head, tail) = (&all[..kept.div_ceil(2)], &all[all.len() - kept / 2..]);
        let shorter: String = head.iter().chain(&['…']).chain(tail).collect();
        if width(&shorter, size, bold) <= room {
            return shorter;
        }
    }
    fit(text, size, bold, room)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_begin_alike_stay_apart() {
        let apart = |texts: &[&str], room: f64| {
            let texts: Vec<String> = texts.iter().map(|t| t.to_string()).collect();
            let shown = fit_each(&texts, 12.0, false, room);
            assert!(shown.iter().all(|t| width(t, 12.0, false) <= room), "{shown:?}");
            shown
        };
        let shown = apart(
            &["a very long name of class A", "a very long name of class B", "moth"],
            90.0,
        );
        assert!(
            shown[0].ends_with('A') && shown[1].ends_with('B') && shown[2] == "moth",
            "{shown:?}"
        );
        let shown = apart(
            &["beginning same, one, same ending", "beginning same, two, same ending"],
            90.0,
        );
        assert!(shown[0].starts_with("0 ") && shown[1].starts_with("1 "), "{shown:?}");
        // What is the same looks the same, and what differs anyway is cut at its end.
        let shown = apart(
            &[
                "one and the same long name",
                "one and the same long name",
                "another long name",
            ],
            90.0,
        );
        assert!(
            shown[0] == shown[1] && shown.iter().all(|t| t.ends_with('…')),
            "{shown:?}"
        );
    }

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
