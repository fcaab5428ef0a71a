//! Bar charts: one value, or a few, for each of some categories.

use crate::plot::draw::number::Number;
use crate::plot::furniture::frame::Frame;

/// Bars over categories (matplotlib's `bar` and `barh`).
///
/// ```
/// use gradus::plot::Bars;
/// let figure = Bars::new("Scores of two classes", &["benign", "malignant"])
///     .series("precision", &[0.97, 0.94])
///     .series("recall", &[0.96, 0.95])
///     .y_label("score")
///     .y_range(0.0, 1.0)
///     .numbers(2)
///     .plot();
/// assert_eq!(figure.mime(), "image/svg+xml");
/// ```
///
/// Bars begin at 0 and may point both ways. A value that is NaN or infinite leaves a gap.
#[derive(Debug, Clone)]
pub struct Bars {
    pub(super) frame: Frame,
    pub(super) categories: Vec<String>,
    pub(super) groups: Vec<Group>,
    pub(super) lying: bool,
    pub(super) decimals: Option<usize>,
    pub(super) range: Option<(f64, f64)>,
}

/// One bar for each category.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub name: String,
    pub values: Vec<f64>,
    pub errors: Vec<f64>,
}

impl Bars {
    /// A chart for these categories, without bars yet. The title may be empty.
    pub fn new<S: AsRef<str>>(title: &str, categories: &[S]) -> Self {
        Self {
            frame: Frame::new(title),
            categories: categories.iter().map(|name| name.as_ref().to_string()).collect(),
            groups: Vec::new(),
            lying: false,
            decimals: None,
            range: None,
        }
    }

    /// Adds a bar for each category. Several series stand side by side; the legend shows their names.
    #[must_use]
    pub fn series<N: Number>(mut self, name: &str, values: &[N]) -> Self {
        self.check_length(name, values.len());
        self.groups.push(Group {
            name: name.into(),
            values: values.iter().map(|v| v.to_f64()).collect(),
            errors: Vec::new(),
        });
        self
    }

    /// Adds a whisker of this length in both directions to each bar of the last series: a standard deviation, say.
    #[must_use]
    pub fn errors<N: Number>(mut self, errors: &[N]) -> Self {
        self.check_length("errors", errors.len());
        if let Some(group) = self.groups.last_mut() {
            group.errors = errors.iter().map(|v| v.to_f64()).collect();
        }
        self
    }

    /// Names the horizontal axis.
    #[must_use]
    pub fn x_label(mut self, text: &str) -> Self {
        self.frame.x_label = text.into();
        self
    }

    /// Names the vertical axis.
    #[must_use]
    pub fn y_label(mut self, text: &str) -> Self {
        self.frame.y_label = text.into();
        self
    }

    /// Lays the bars down: the categories stand below each other, which leaves room for long names.
    #[must_use]
    pub fn horizontal(mut self) -> Self {
        self.lying = true;
        self
    }

    /// Writes its value at each bar, with so many decimals.
    #[must_use]
    pub fn numbers(mut self, decimals: usize) -> Self {
        self.decimals = Some(decimals.min(9));
        self
    }

    /// Fixes the ends of the axis of values; bars are cut off there.
    #[must_use]
    pub fn y_range(mut self, from: f64, to: f64) -> Self {
        self.frame.check_range("y_range", from, to, false);
        self.range = Some((from, to));
        self
    }

    /// Sets width and height in pixels, at least 220 × 170.
    #[must_use]
    pub fn size(mut self, width: u32, height: u32) -> Self {
        self.frame.resize((width, height), (220, 170));
        self
    }

    /// Says in words what the chart shows; without it, the title and the names of the series do.
    #[must_use]
    pub fn caption(mut self, text: &str) -> Self {
        self.frame.caption = Some(text.into());
        self
    }

    fn check_length(&mut self, name: &str, got: usize) {
        let wanted = self.categories.len();
        if got != wanted {
            let expected = format!("one value for each of {wanted} categories");
            self.frame
                .note(&format!("series {name:?}"), expected, format!("{got} values"));
        }
    }
}
