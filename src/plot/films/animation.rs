//! Animations: a sequence of figures as one GIF. Taught in notebook A.

use std::borrow::Cow;
use std::sync::Arc;

use crate::plot::draw::color::WHITE;
use crate::plot::draw::figure::{Content, Figure};
use crate::plot::draw::message;
use crate::plot::draw::palette::{COLORS, Palette};
use crate::{Error, Result};

/// Bytes that an animation may have unless told otherwise: several of them fit into one notebook.
const BUDGET: usize = 400_000;

/// Collects figures and shows them one after the other, for ever.
///
/// Charts become pixels ([`Figure::to_pixels`]); a figure that is smaller than another is filled up with white at its right
/// and its bottom. All frames share one palette of at most 255 colours, so that nothing flickers. Only what changes from frame to frame is stored. An animation that is still larger than its budget loses every second
/// frame, and again, at the same total time. The last frame stays four times as long, at least a second.
#[derive(Debug, Clone)]
pub struct Animation {
    /// Size and RGB of each.
    frames: Vec<((u32, u32), Arc<[u8]>)>,
    seconds: f64,
    budget: usize,
    caption: String,
}

impl Animation {
    /// An empty animation that shows each frame for so many seconds.
    pub fn new(seconds_per_frame: f64) -> Self {
        let caption = "Animation".into();
        Self {
            frames: Vec::new(),
            seconds: seconds_per_frame,
            budget: BUDGET,
            caption,
        }
    }

    /// Adds a frame.
    ///
    /// # Errors
    /// [`Error::Plot`] if the figure could not be drawn.
    pub fn push(&mut self, figure: &Figure) -> Result<()> {
        let pixels = figure.to_pixels();
        if let Some(message) = pixels.error() {
            return Err(Error::Plot(message.into()));
        }
        if let Content::Pixels(rgb) = pixels.content() {
            self.frames.push((pixels.size(), rgb.clone()));
        }
        Ok(())
    }

    /// The number of frames.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether there are no frames yet.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Sets how many bytes the GIF may have.
    #[must_use]
    pub fn budget(mut self, bytes: usize) -> Self {
        self.budget = bytes;
        self
    }

    /// Says in words what the animation shows.
    #[must_use]
    pub fn caption(mut self, text: &str) -> Self {
        self.caption = text.into();
        self
    }

    /// Encodes the animation.
    pub fn plot(&self) -> Figure {
        match self.encode() {
            Ok(figure) => figure.caption(&self.caption),
            Err(error) => message::message(&error),
        }
    }

    fn encode(&self) -> Result<Figure> {
        let wrong = |what: &str, expected: &str, got: String| {
            Err(Error::Argument {
                what: what.into(),
                expected: expected.into(),
                got,
            })
        };
        let (size, frames) = self.alike();
        let Some(last) = frames.last() else {
            return wrong("frames of an animation", "at least one", "none".into());
        };
        if !(0.02..=60.0).contains(&self.seconds) {
            return wrong("seconds per frame", "0.02 to 60", self.seconds.to_string());
        }
        let palette = Palette::of(&frames);
        let indexed: Vec<Vec<u8>> = frames.iter().map(|f| palette.indices(f)).collect();
        let mut stride = 1;
        loop {
            let bytes = self.gif(&palette, size, &indexed, stride)?;
            if bytes.len() <= self.budget {
                return Ok(Figure::from_gif(bytes, last.clone(), size));
            }
            if stride >= indexed.len() {
                let least = format!("at least {} bytes", bytes.len());
                return wrong("budget of an animation", &least, format!("{} bytes", self.budget));
            }
            stride *= 2;
        }
    }

    /// The size of the largest frame, and all frames filled up to it.
    fn alike(&self) -> ((u32, u32), Vec<Arc<[u8]>>) {
        let sizes = || self.frames.iter().map(|(size, _)| *size);
        let size = (
            sizes().map(|s| s.0).max().unwrap_or(0),
            sizes().map(|s| s.1).max().unwrap_or(0),
        );
        let grown = |((w, h), rgb): &((u32, u32), Arc<[u8]>)| {
            if (*w, *h) == size {
                return rgb.clone();
            }
            let mut large = WHITE.repeat(size.0 as usize * size.1 as usize);
            let lines = large.chunks_exact_mut(size.0 as usize * 3);
            for (line, row) in lines.zip(rgb.chunks_exact(*w as usize * 3)) {
                line[..row.len()].copy_from_slice(row);
            }
            large.into()
        };
        (size, self.frames.iter().map(grown).collect())
    }

    /// Every `stride`-th frame and the last, which stays longer.
    fn gif(&self, palette: &Palette, size: (u32, u32), frames: &[Vec<u8>], stride: usize) -> Result<Vec<u8>> {
        let failed = |e: gif::EncodingError| Error::Plot(format!("GIF: {e}"));
        let (w, h) = (size.0 as u16, size.1 as u16);
        let mut out = Vec::new();
        let mut encoder = gif::Encoder::new(&mut out, w, h, &palette.bytes).map_err(failed)?;
        encoder.set_repeat(gif::Repeat::Infinite).map_err(failed)?;
        let end = frames.len() - 1;
        let mut chosen: Vec<usize> = (0..frames.len()).step_by(stride).collect();
        if chosen.last() != Some(&end) {
            chosen.push(end);
        }
        let hundredths = |frames: f64| (self.seconds * 100.0 * frames).round().min(6000.0) as u16;
        let (each, hold) = (hundredths(stride as f64), hundredths(4.0).max(100));
        let mut before: Option<&[u8]> = None;
        for &i in &chosen {
            let mut frame = changes(before, &frames[i], size);
            frame.delay = if i == end { hold } else { each };
            encoder.write_frame(&frame).map_err(failed)?;
            before = Some(&frames[i]);
        }
        drop(encoder);
        Ok(out)
    }
}

/// The rectangle that differs from the frame before, with what is equal inside it left transparent.
fn changes(before: Option<&[u8]>, now: &[u8], size: (u32, u32)) -> gif::Frame<'static> {
    let (w, h) = (size.0 as usize, size.1 as usize);
    let Some(before) = before else {
        return gif::Frame {
            width: w as u16,
            height: h as u16,
            buffer: Cow::Owned(now.to_vec()),
            ..gif::Frame::default()
        };
    };
    let differs = |i: usize| before[i] != now[i];
    let rows = || (0..h).filter(|r| (r * w..(r + 1) * w).any(differs));
    let columns = || (0..w).filter(|c| (0..h).any(|r| differs(r * w + c)));
    // Equal frames still need one pixel to carry the delay.
    let (top, bottom) = (rows().next().unwrap_or(0), rows().next_back().unwrap_or(0));
    let (left, right) = (columns().next().unwrap_or(0), columns().next_back().unwrap_or(0));
    let inside = (top..=bottom).flat_map(|r| (left..=right).map(move |c| r * w + c));
    let buffer: Vec<u8> = inside.map(|i| if differs(i) { now[i] } else { COLORS as u8 }).collect();
    gif::Frame {
        left: left as u16,
        top: top as u16,
        width: (right - left + 1) as u16,
        height: (bottom - top + 1) as u16,
        transparent: Some(COLORS as u8),
        dispose: gif::DisposalMethod::Keep,
        buffer: Cow::Owned(buffer),
        ..gif::Frame::default()
    }
}
