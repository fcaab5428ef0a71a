//! Where each new pixel takes its value from, along one axis.

/// How the pixels of a larger image come from those of the small one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interpolation {
    /// Each is the nearest old pixel.
    Nearest,
    /// Each is a mixture of the four old pixels around it, by distance.
    Bilinear,
}

/// One new place: a share `1 - second` of the old place `at`, and `second` of the old place `next`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Place {
    pub at: usize,
    pub next: usize,
    pub second: f32,
}

/// The places of `length` old pixels made `scale` times as many.
pub(crate) fn places(length: usize, scale: usize, interpolation: Interpolation) -> Vec<Place> {
    let place = |new: usize| match interpolation {
        Interpolation::Nearest => Place {
            at: new / scale,
            next: new / scale,
            second: 0.0,
        },
        Interpolation::Bilinear => {
            // The centre of the new pixel, measured in old pixels from the centre of the first.
            let from = ((new as f64 + 0.5) / scale as f64 - 0.5).max(0.0);
            let at = from as usize;
            Place {
                at,
                next: (at + 1).min(length - 1),
                second: (from - at as f64) as f32,
            }
        }
    };
    (0..scale * length).map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_and_stay_inside() {
        for interpolation in [Interpolation::Nearest, Interpolation::Bilinear] {
            for (length, scale) in [(1, 1), (1, 4), (5, 1), (5, 2), (4, 3)] {
                let places = places(length, scale, interpolation);
                assert_eq!(places.len(), length * scale);
                for (new, place) in places.iter().enumerate() {
                    assert!(place.at < length && place.next < length && (0.0..1.0).contains(&place.second));
                    assert!(place.at.abs_diff(new / scale) <= 1);
                }
            }
        }
        assert!(places(0, 3, Interpolation::Bilinear).is_empty());
    }
}
