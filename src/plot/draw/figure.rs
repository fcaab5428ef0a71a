//! A finished picture: it owns its data, shows itself in a notebook and saves itself to a file.

use std::fmt;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use super::encode;
use super::stroke::Stroke;
use crate::{Error, Result};

/// A picture that a notebook shows when it is a cell's last expression (matplotlib's `Figure`).
///
/// Line charts are SVG, pixels are PNG, animations are GIF. A figure holds no borrows, so it lives across cells, and
/// cloning it is cheap. Its ground is white and opaque, so that it reads in a dark theme too.
///
/// `plot()` functions return a figure, never an error. Where drawing failed, the figure carries the reason:
/// it shows it, prints it to standard error, and [`Figure::save`] and [`Figure::error`] report it.
#[derive(Clone)]
pub struct Figure {
    content: Content,
    width: u32,
    height: u32,
    caption: String,
    /// What the picture cannot show, to be said beside it.
    notice: Option<String>,
    error: Option<String>,
}

#[derive(Clone)]
pub(crate) enum Content {
    /// What stands between the outer tags, drawn `scale` times as large as the figure, and what it was drawn with.
    Svg {
        body: Arc<str>,
        scale: f64,
        strokes: Arc<[Stroke]>,
    },
    /// RGB, row by row.
    Pixels(Arc<[u8]>),
    /// An encoded animation and the RGB of its last frame.
    Animation { gif: Arc<[u8]>, last: Arc<[u8]> },
}

impl Figure {
    pub(crate) fn from_svg(body: String, strokes: Vec<Stroke>, (width, height): (u32, u32), scale: f64) -> Self {
        let (body, strokes) = (body.into(), strokes.into());
        Self::new(Content::Svg { body, scale, strokes }, width, height)
    }

    pub(crate) fn from_pixels(rgb: impl Into<Arc<[u8]>>, (width, height): (u32, u32)) -> Self {
        Self::new(Content::Pixels(rgb.into()), width, height)
    }

    pub(crate) fn from_gif(gif: Vec<u8>, last: Arc<[u8]>, (width, height): (u32, u32)) -> Self {
        Self::new(Content::Animation { gif: gif.into(), last }, width, height)
    }

    fn new(content: Content, width: u32, height: u32) -> Self {
        Self {
            content,
            width,
            height,
            caption: "Figure".into(),
            notice: None,
            error: None,
        }
    }

    pub(crate) fn failing(mut self, message: String) -> Self {
        self.caption = format!("Not drawn: {message}");
        self.error = Some(message);
        self
    }

    /// With the caption of another figure, and with its reason where that could not be drawn.
    pub(super) fn described_as(self, other: &Self) -> Self {
        Self {
            caption: other.caption.clone(),
            notice: other.notice.clone(),
            error: other.error.clone(),
            ..self
        }
    }

    /// With something to say that the picture cannot show: the caption ends with it, and it is printed to standard error beside
    /// the picture.
    pub(crate) fn noting(mut self, notice: &str) -> Self {
        self.notice.get_or_insert_with(|| one_line(notice));
        let caption = self.caption.clone();
        self.caption(&caption)
    }

    /// What there is to say besides the caption.
    pub(crate) fn notice(&self) -> Option<&str> {
        self.notice.as_deref()
    }

    pub(crate) fn content(&self) -> &Content {
        &self.content
    }

    /// Says in words what the picture shows: its alternative text, for screen readers and wherever it cannot be seen.
    #[must_use]
    pub fn caption(mut self, text: &str) -> Self {
        if self.error.is_none() {
            self.caption = one_line(text);
            if let Some(notice) = self
                .notice
                .as_ref()
                .filter(|notice| !self.caption.contains(notice.as_str()))
            {
                self.caption = format!("{}. {notice}", self.caption.trim_end_matches('.'));
            }
        }
        self
    }

    /// The alternative text.
    pub fn alt(&self) -> &str {
        &self.caption
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// Why the picture could not be drawn, if so.
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// `image/svg+xml`, `image/png` or `image/gif`.
    pub fn mime(&self) -> &'static str {
        match self.content {
            Content::Svg { .. } => "image/svg+xml",
            Content::Pixels(_) => "image/png",
            Content::Animation { .. } => "image/gif",
        }
    }

    /// The encoded picture, as it would stand in a file.
    ///
    /// # Errors
    /// [`Error::Plot`] if it cannot be encoded.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        match &self.content {
            Content::Svg { .. } => Ok(self.svg().into_bytes()),
            Content::Pixels(rgb) => encode::png(rgb, self.width, self.height, &self.caption),
            Content::Animation { gif, .. } => Ok(gif.to_vec()),
        }
    }

    fn svg(&self) -> String {
        let Content::Svg { body, scale, .. } = &self.content else {
            return String::new();
        };
        let (w, h) = (self.width, self.height);
        let (vw, vh) = (f64::from(w) * scale, f64::from(h) * scale);
        let alt = encode::xml(&self.caption);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {vw} {vh}\" \
             role=\"img\" stroke-linejoin=\"round\" stroke-linecap=\"round\">\n<title>{alt}</title>\n<desc>{alt}</desc>\n\
             <rect width=\"{vw}\" height=\"{vh}\" fill=\"#ffffff\"/>\n{body}</svg>\n"
        )
    }

    /// Writes the picture to a file: `.svg` for line charts, `.png` for pixels, `.gif` for animations.
    ///
    /// # Errors
    /// [`Error::Argument`] if the ending is not the one of this kind of picture, [`Error::Io`] if the file cannot be
    /// written, [`Error::Plot`] if the picture could not be drawn.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        if let Some(message) = &self.error {
            return Err(Error::Plot(message.clone()));
        }
        let ending = match self.content {
            Content::Svg { .. } => "svg",
            Content::Pixels(_) => "png",
            Content::Animation { .. } => "gif",
        };
        let given = path.extension().and_then(|e| e.to_str()).unwrap_or("");
        if !given.eq_ignore_ascii_case(ending) {
            return Err(Error::Argument {
                what: format!("file name {}", path.display()),
                expected: format!("the ending .{ending}, which this figure is"),
                got: if given.is_empty() {
                    "no ending".into()
                } else {
                    format!(".{given}")
                },
            });
        }
        std::fs::write(path, self.bytes()?).map_err(|source| Error::Io {
            path: path.into(),
            source,
        })
    }

    /// Shows the figure in a notebook; the kernel calls it for a cell's last expression.
    pub fn evcxr_display(&self) {
        if let Some(message) = &self.error {
            eprintln!("Error: {message}");
        }
        if let Some(notice) = &self.notice {
            eprintln!("Note: {notice}");
        }
        let text = self.evcxr_content();
        let mut out = std::io::stdout().lock();
        // A closed standard output leaves nobody to tell.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }

    /// What [`Figure::evcxr_display`] prints: the picture and its caption, each framed with its MIME type.
    pub fn evcxr_content(&self) -> String {
        let mut parts = Vec::new();
        match &self.content {
            Content::Svg { .. } => parts.push(("image/svg+xml", self.svg())),
            Content::Pixels(rgb) => parts.extend(self.png_part(rgb)),
            Content::Animation { gif, last } => {
                // The notebook page shows the HTML; viewers that drop it show the last frame.
                let (data, alt) = (encode::base64(gif), encode::xml(&self.caption));
                let (w, h) = (self.width, self.height);
                let img = format!(
                    "<img src=\"data:image/gif;base64,{data}\" width=\"{w}\" height=\"{h}\" alt=\"{alt}\" \
                     style=\"max-width:100%;height:auto\"/>"
                );
                parts.push(("text/html", img));
                parts.extend(self.png_part(last));
            }
        }
        parts.push(("text/plain", self.caption.clone()));
        crate::content::shown(&parts)
    }

    fn png_part(&self, rgb: &[u8]) -> Option<(&'static str, String)> {
        let png = encode::png(rgb, self.width, self.height, &self.caption).ok()?;
        Some(("image/png", encode::base64(&png)))
    }
}

/// One line: a line of its own could end the notebook's framing.
fn one_line(text: &str) -> String {
    let printable = text.replace(encode::unprintable, " ");
    printable.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} ({}, {} × {} pixels)",
            self.caption,
            self.mime(),
            self.width,
            self.height
        )
    }
}

impl fmt::Debug for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Figure({self})")
    }
}
