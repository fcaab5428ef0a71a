//! Boxes, and how much two of them overlap.

use super::ciou::ciou;

/// A rectangle with sides along the axes, from the upper left corner `(xmin, ymin)` to the lower right one, in pixels.
/// The y axis points down. Taught in notebook 21.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Box2D {
    /// Left edge.
    pub xmin: f32,
    /// Upper edge.
    pub ymin: f32,
    /// Right edge.
    pub xmax: f32,
    /// Lower edge.
    pub ymax: f32,
}

impl Box2D {
    /// The box with these edges.
    pub fn new(xmin: f32, ymin: f32, xmax: f32, ymax: f32) -> Self {
        Self { xmin, ymin, xmax, ymax }
    }

    /// The box with its middle at `(x, y)`. torchvision: `box_convert(..., "cxcywh", "xyxy")`.
    pub fn centered(x: f32, y: f32, width: f32, height: f32) -> Self {
        Self::new(x - width / 2.0, y - height / 2.0, x + width / 2.0, y + height / 2.0)
    }

    /// From the left edge to the right one.
    pub fn width(&self) -> f32 {
        self.xmax - self.xmin
    }

    /// From the upper edge to the lower one.
    pub fn height(&self) -> f32 {
        self.ymax - self.ymin
    }

    /// The middle, `(x, y)`.
    pub fn center(&self) -> (f32, f32) {
        ((self.xmin + self.xmax) / 2.0, (self.ymin + self.ymax) / 2.0)
    }

    /// Width times height; 0 for a box that is turned inside out.
    pub fn area(&self) -> f32 {
        self.width().max(0.0) * self.height().max(0.0)
    }

    /// Whether the edges are finite and in order, so that there is something inside.
    pub fn is_proper(&self) -> bool {
        let edges = [self.xmin, self.ymin, self.xmax, self.ymax];
        edges.iter().all(|e| e.is_finite()) && self.xmin < self.xmax && self.ymin < self.ymax
    }

    /// What both boxes cover; without area where they do not meet.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self::new(
            self.xmin.max(other.xmin),
            self.ymin.max(other.ymin),
            self.xmax.min(other.xmax),
            self.ymax.min(other.ymax),
        )
    }

    /// The smallest box around both.
    #[must_use]
    pub fn hull(&self, other: &Self) -> Self {
        Self::new(
            self.xmin.min(other.xmin),
            self.ymin.min(other.ymin),
            self.xmax.max(other.xmax),
            self.ymax.max(other.ymax),
        )
    }

    /// The part inside a picture of this size.
    #[must_use]
    pub fn clipped(&self, width: f32, height: f32) -> Self {
        self.intersection(&Self::new(0.0, 0.0, width, height))
    }

    /// Horizontal places times `x`, vertical ones times `y`: the box after its picture was resized.
    #[must_use]
    pub fn scaled(&self, x: f32, y: f32) -> Self {
        Self::new(self.xmin * x, self.ymin * y, self.xmax * x, self.ymax * y)
    }

    /// Intersection over union, from 0 (apart) to 1 (equal): the area that both cover over the area that either covers.
    ///
    /// Two boxes without area have IoU 0. torchvision: `ops.box_iou`. Taught in notebook 21.
    ///
    /// ```
    /// use gradus::detect::Box2D;
    /// let (a, b) = (Box2D::new(0.0, 0.0, 2.0, 2.0), Box2D::new(1.0, 0.0, 3.0, 2.0));
    /// assert!((a.iou(&b) - 1.0 / 3.0).abs() < 1e-6);
    /// ```
    pub fn iou(&self, other: &Self) -> f32 {
        let both = f64::from(self.intersection(other).area());
        let either = f64::from(self.area()) + f64::from(other.area()) - both;
        if either > 0.0 { (both / either) as f32 } else { 0.0 }
    }

    /// Generalized IoU, from -1 to 1: IoU less the share of the hull that neither box covers. It still says how far apart
    /// two boxes are that do not meet, where IoU is 0 whatever the distance.
    ///
    /// Rezatofighi et al. 2019, arXiv:1902.09630. torchvision: `ops.generalized_box_iou`. Taught in notebook 21.
    pub fn giou(&self, other: &Self) -> f32 {
        let hull = self.hull(other).area();
        if hull <= 0.0 {
            return 0.0;
        }
        let either = self.area() + other.area() - self.intersection(other).area();
        self.iou(other) - (hull - either) / hull
    }

    /// Complete IoU: IoU less the squared distance of the middles (over the squared diagonal of the hull) and less a
    /// penalty for another ratio of width to height. Both boxes must have an area.
    ///
    /// Zheng et al. 2020, arXiv:1911.08287. torchvision: `ops.complete_box_iou`. Taught in notebook 21.
    pub fn ciou(&self, other: &Self) -> f32 {
        ciou(self.numbers(), other.numbers()) as f32
    }

    /// `cx, cy, w, h` for the formulas of the loss.
    fn numbers(&self) -> [f64; 4] {
        let (x, y) = (
            (f64::from(self.xmin) + f64::from(self.xmax)) / 2.0,
            (f64::from(self.ymin) + f64::from(self.ymax)) / 2.0,
        );
        let size = [
            f64::from(self.xmax) - f64::from(self.xmin),
            f64::from(self.ymax) - f64::from(self.ymin),
        ];
        [x, y, size[0], size[1]]
    }
}
