//! Figures: what is drawn, and what all of them promise.

mod animation;
mod bars;
mod boxes;
mod chart;
mod diagram;
mod figure;
mod gallery;
mod metrics;
mod names;
mod order;
mod pixels;
mod surface;
