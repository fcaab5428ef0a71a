//! What figures are drawn with.
//!
//! Everything that is seen passes through one [`pen`], whose [`paper`] is SVG or pixels; what it leaves there is a
//! [`figure`], which owns its data, shows itself and saves itself. A vector figure remembers its [`stroke`]s
//! ([`record`]), so that it can be drawn again as pixels ([`replay`]); figures stand side by side by [`compose`];
//! [`message`] draws what went wrong. [`axis`] knows where numbers stand and how ticks are written, [`thin`] drops the
//! points of a curve that nobody would see, [`style`], [`color`], [`palette`] and [`font`] say how things look, [`glyphs`] which letters there are, and
//! [`encode`] makes the bytes of files. [`number`] is what callers may pass.

pub(super) mod axis;
pub(super) mod color;
pub(super) mod compose;
pub(super) mod encode;
pub(super) mod figure;
pub(super) mod font;
pub(super) mod glyphs;
pub(super) mod message;
pub(super) mod number;
pub(super) mod palette;
pub(super) mod paper;
pub(super) mod pen;
pub(super) mod record;
pub(super) mod replay;
pub(super) mod stroke;
pub(super) mod style;
pub(super) mod thin;
mod typeface;
