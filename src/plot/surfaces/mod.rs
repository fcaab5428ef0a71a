//! Surfaces and space: a function of two numbers seen from above or from the side, and curves in three dimensions.
//!
//! A [`surface`] holds heights. [`contour`] shows them from above in [`bands`]; [`chart3d`] shows them from the side:
//! [`space`] says where a point is seen, [`mesh`] what hides what, the scene has the walls and the axes.

pub(super) mod bands;
pub(super) mod chart3d;
pub(super) mod chart3d_curves;
pub(super) mod chart3d_plot;
pub(super) mod chart3d_scene;
pub(super) mod contour;
pub(super) mod contour_plot;
pub(super) mod mesh;
pub(super) mod space;
pub(super) mod surface;
