//! Colours: ink, a palette for classes, and colour maps for values. All of them safe for colour-blind readers.

/// Red, green and blue, 0 to 255.
pub(crate) type Rgb = [u8; 3];

pub(crate) const WHITE: Rgb = [255, 255, 255];
pub(crate) const INK: Rgb = [34, 34, 34];
pub(crate) const MUTED: Rgb = [90, 90, 90];
pub(crate) const FRAME: Rgb = [150, 150, 150];
pub(crate) const GRID: Rgb = [230, 230, 230];
/// What a cell without a finite value is filled with.
pub(crate) const MISSING: Rgb = [190, 190, 190];
pub(crate) const RIGHT: Rgb = [0, 110, 80];
pub(crate) const WRONG: Rgb = [196, 64, 0];

/// The colours of Okabe and Ito in an order that starts with strong contrasts on white, then two more.
const CLASSES: [Rgb; 10] = [
    [0, 114, 178],
    [213, 94, 0],
    [0, 158, 115],
    [204, 121, 167],
    [230, 159, 0],
    [86, 180, 233],
    [51, 51, 51],
    [136, 34, 85],
    [153, 153, 51],
    [150, 150, 150],
];

/// The colour of class or series number `i`; they repeat after ten.
pub(crate) fn class(i: usize) -> Rgb {
    CLASSES[i % CLASSES.len()]
}

/// `share` of `a` with the rest of `b`.
pub(crate) fn mix(a: Rgb, b: Rgb, share: f32) -> Rgb {
    std::array::from_fn(|c| {
        let v = f32::from(a[c]) * share + f32::from(b[c]) * (1.0 - share);
        v.round().clamp(0.0, 255.0) as u8
    })
}

/// Dark or white, whichever is easier to read on `ground`.
pub(crate) fn ink_on(ground: Rgb) -> Rgb {
    let [r, g, b] = ground.map(|v| (f32::from(v) / 255.0).powf(2.2));
    if 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.30 {
        INK
    } else {
        WHITE
    }
}

/// How a value between its range's ends becomes a colour (matplotlib's `cmap`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColorMap {
    /// Dark blue over green to yellow, equal steps look equal: for values without a natural middle.
    #[default]
    Viridis,
    /// White to dark blue: for counts and shares, where nothing should look like nothing.
    Blues,
    /// Black to white: for pictures.
    Gray,
    /// Blue over white to red: for weights and differences. The range is made symmetric, so that white is zero.
    BlueRed,
}

/// Every sixteenth colour of matplotlib's viridis (public domain, CC0).
const VIRIDIS: [Rgb; 17] = [
    [68, 1, 84],
    [72, 24, 106],
    [71, 45, 123],
    [66, 64, 134],
    [59, 82, 139],
    [51, 99, 141],
    [44, 114, 142],
    [38, 130, 142],
    [33, 145, 140],
    [31, 160, 136],
    [40, 174, 128],
    [63, 188, 115],
    [94, 201, 98],
    [132, 212, 75],
    [173, 220, 48],
    [216, 226, 25],
    [253, 231, 37],
];
const BLUES: [Rgb; 5] = [
    [255, 255, 255],
    [204, 225, 240],
    [126, 177, 215],
    [46, 115, 179],
    [8, 48, 107],
];
const BLUE_RED: [Rgb; 7] = [
    [12, 59, 120],
    [58, 126, 188],
    [158, 200, 225],
    [255, 255, 255],
    [245, 178, 146],
    [208, 84, 70],
    [120, 4, 34],
];
const GRAY: [Rgb; 2] = [[0, 0, 0], [255, 255, 255]];

impl ColorMap {
    /// The colour at `t`, from 0 (low) to 1 (high); grey where `t` is NaN.
    pub fn at(self, t: f32) -> [u8; 3] {
        if t.is_nan() {
            return MISSING;
        }
        let stops: &[Rgb] = match self {
            Self::Viridis => &VIRIDIS,
            Self::Blues => &BLUES,
            Self::Gray => &GRAY,
            Self::BlueRed => &BLUE_RED,
        };
        let place = t.clamp(0.0, 1.0) * (stops.len() - 1) as f32;
        let low = (place as usize).min(stops.len() - 2);
        mix(stops[low + 1], stops[low], place - low as f32)
    }

    /// The range of finite `values`, symmetric about zero for a map with a middle; never empty.
    pub(crate) fn range(self, values: &[f32]) -> (f32, f32) {
        let finite = values.iter().copied().filter(|v| v.is_finite());
        let (lo, hi) = finite.fold((f32::INFINITY, f32::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        if lo > hi {
            return (0.0, 1.0);
        }
        if self == Self::BlueRed {
            let far = lo.abs().max(hi.abs());
            return if far > 0.0 { (-far, far) } else { (-1.0, 1.0) };
        }
        // A single value stands in the middle, with air that a large f32 can still tell from it.
        let air = (lo.abs() * 1e-3).max(0.5);
        if hi > lo { (lo, hi) } else { (lo - air, lo + air) }
    }
}

/// The place of `v` between `lo` and `hi` as 0 to 1; NaN for a value that is not finite.
pub(crate) fn place(v: f32, (lo, hi): (f32, f32)) -> f32 {
    if !v.is_finite() {
        return f32::NAN;
    }
    // In f64, because the difference of two large f32 may overflow.
    ((f64::from(v) - f64::from(lo)) / (f64::from(hi) - f64::from(lo))) as f32
}

/// Colours as `(3, H, W)` values from 0 to 1: a picture made of them.
pub(crate) fn planes(colors: &[Rgb]) -> Vec<f32> {
    let plane = |c: usize| colors.iter().map(move |color| f32::from(color[c]) / 255.0);
    (0..3).flat_map(plane).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_start_and_end_where_they_say() {
        assert_eq!(ColorMap::Viridis.at(0.0), [68, 1, 84]);
        assert_eq!(ColorMap::Viridis.at(1.0), [253, 231, 37]);
        assert_eq!(ColorMap::Gray.at(0.5), [128, 128, 128]);
        assert_eq!(ColorMap::BlueRed.at(0.5), WHITE);
        assert_eq!(ColorMap::Blues.at(-3.0), WHITE);
        assert_eq!(ColorMap::Blues.at(f32::NAN), MISSING);
    }

    #[test]
    fn sequential_maps_get_steadily_lighter_or_darker() {
        let light = |c: Rgb| 0.2126 * f32::from(c[0]) + 0.7152 * f32::from(c[1]) + 0.0722 * f32::from(c[2]);
        for (map, sign) in [(ColorMap::Viridis, 1.0), (ColorMap::Gray, 1.0), (ColorMap::Blues, -1.0)] {
            for i in 0..50 {
                let (a, b) = (map.at(i as f32 / 50.0), map.at((i + 1) as f32 / 50.0));
                assert!(sign * (light(b) - light(a)) > 0.0, "{map:?} at {i}");
            }
        }
    }

    #[test]
    fn ranges_are_never_empty() {
        assert_eq!(ColorMap::Viridis.range(&[2.0, 2.0]), (1.5, 2.5));
        assert_eq!(ColorMap::Viridis.range(&[f32::NAN]), (0.0, 1.0));
        assert_eq!(ColorMap::BlueRed.range(&[-1.0, 3.0]), (-3.0, 3.0));
        assert_eq!(ColorMap::BlueRed.range(&[0.0]), (-1.0, 1.0));
    }
}
