//! Contour plots and charts over three axes; each is also written to the gallery for a look by eye.

use gradus::plot::{Animation, Chart3D, ColorMap, Contour, Figure, Surface};

use crate::gallery::{gallery, keep, rgb_of, svg_of};

fn ravine() -> Surface {
    Surface::new((-4.0, 4.0), (-2.0, 2.0), |[x, y]| 0.1 * x * x + 2.0 * y * y)
}

fn saddle() -> Surface {
    Surface::new((-1.5, 1.5), (-1.5, 1.5), |[x, y]| x * x - y * y)
}

fn rosenbrock() -> Surface {
    Surface::new((-2.0, 2.0), (-1.0, 3.0), |[x, y]| {
        (1.0 - x).powi(2) + 100.0 * (y - x * x).powi(2)
    })
}

/// Gradient descent on the ravine.
fn descent(rate: f32, steps: usize) -> Vec<[f32; 2]> {
    let step = |p: &[f32; 2]| Some([p[0] - rate * 0.2 * p[0], p[1] - rate * 4.0 * p[1]]);
    std::iter::successors(Some([-3.6, 1.6]), step).take(steps).collect()
}

/// The attractor of Lorenz, 1963.
fn lorenz(n: usize) -> [Vec<f64>; 3] {
    let (mut p, dt) = ([1.0f64, 1.0, 1.0], 0.005);
    let mut out = [const { Vec::new() }; 3];
    for _ in 0..n {
        let [x, y, z] = p;
        let slope = [10.0 * (y - x), x * (28.0 - z) - y, x * y - 8.0 / 3.0 * z];
        p = std::array::from_fn(|i| p[i] + dt * slope[i]);
        (0..3).for_each(|i| out[i].push(p[i]));
    }
    out
}

#[test]
fn contours() {
    let paths = Contour::new("Three rates on a ravine", &ravine())
        .path("rate 0.1", &descent(0.1, 40))
        .path("rate 0.4", &descent(0.4, 40))
        .path("rate 0.49", &descent(0.49, 40))
        .point("minimum", [0.0, 0.0])
        .x_label("w₁")
        .y_label("w₂");
    let figure = paths.plot();
    assert!(
        figure.alt().ends_with("rate 0.1, rate 0.4, rate 0.49, minimum"),
        "{figure}"
    );
    keep("contour_paths", &figure);
    let log = Contour::new("Rosenbrock's function", &rosenbrock()).log_levels();
    keep("contour_log", &log.x_label("x").y_label("y").plot());
    let plain = Contour::new("A saddle", &saddle())
        .colors(ColorMap::BlueRed)
        .equal_axes();
    keep("contour_saddle", &plain.levels(20).size(420, 400).plot());
    let hole = Surface::new((0.0, 1.0), (0.0, 1.0), |[x, y]| (x - y).ln());
    let away = [[0.5, 0.2], [3.0, 0.9], [f32::NAN, 0.0], [0.9, 0.1], [0.2, -5.0]];
    keep(
        "contour_hole",
        &Contour::new("", &hole).path("leaves", &away).size(1, 1).plot(),
    );
    let flat = Surface::new((0.0, 1.0), (0.0, 1.0), |_| 3.0);
    keep("contour_flat", &Contour::new("A plateau", &flat).plot());
    keep(
        "contour_flat_log",
        &Contour::new("A plateau", &flat).log_levels().plot(),
    );
}

#[test]
fn a_contour_shows_the_heights_where_they_are() {
    let slope = Surface::new((0.0, 10.0), (0.0, 1.0), |[x, _]| x);
    let figure = Contour::new("", &slope).levels(5).size(500, 300).plot();
    let (w, h, rgb) = rgb_of(&figure.bytes().unwrap());
    // Bands between lines at 2, 4, 6 and 8: the lowest dark blue, the highest yellow, each a fifth of the width.
    let row: Vec<&[u8]> = (0..w - 50).map(|x| &rgb[(h / 2 * w + x) * 3..][..3]).collect();
    let of_band = |band: usize| {
        let color = ColorMap::Viridis.at(0.1 + 0.2 * band as f32);
        let close = |x: &usize| (0..3).all(|c| row[*x][c].abs_diff(color[c]) < 3);
        (0..row.len()).filter(close).collect::<Vec<usize>>()
    };
    let bands: Vec<Vec<usize>> = (0..5).map(of_band).collect();
    let all: usize = bands.iter().map(Vec::len).sum();
    for (band, pixels) in bands.iter().enumerate() {
        let share = pixels.len() as f64 / all as f64;
        assert!((0.19..0.21).contains(&share), "band {band}: {share}");
        assert!(
            band == 0 || pixels[0] > *bands[band - 1].last().unwrap(),
            "band {band} lies wrong"
        );
    }
    let rising = Surface::new((0.0, 1.0), (0.0, 1.0), |[_, y]| y);
    let (w, h, rgb) = rgb_of(&Contour::new("", &rising).plot().bytes().unwrap());
    let red = |y: usize| rgb[(y * w + w / 2) * 3];
    assert!(red(30) > 200 && red(h - 50) < 90, "yellow above, blue below");
}

#[test]
fn surfaces() {
    let side = Chart3D::new("A ravine from the side")
        .surface(&ravine())
        .path("gradient descent", &descent(0.4, 40))
        .x_label("w₁")
        .y_label("w₂")
        .z_label("loss");
    keep("surface_ravine", &side.plot());
    let saddle = Chart3D::new("A saddle").surface(&saddle()).colors(ColorMap::BlueRed);
    let saddle = saddle.x_label("weight 1").y_label("weight 2").z_label("loss");
    keep("surface_saddle", &saddle.plot());
    let cut = Chart3D::new("Cut off at 400")
        .surface(&rosenbrock())
        .z_range(0.0, 400.0);
    keep("surface_cut", &cut.view(-120.0, 40.0).z_label("height").plot());
    let hill = Surface::new((-3.0, 3.0), (-3.0, 3.0), |[x, y]| {
        if x.hypot(y) > 2.8 {
            f32::NAN
        } else {
            (-x * x - y * y).exp()
        }
    });
    let behind: Vec<[f32; 2]> = (0..30).map(|i| [-2.0 + 0.13 * i as f32, 0.9]).collect();
    keep(
        "surface_hill",
        &Chart3D::new("")
            .surface(&hill)
            .path("behind the hill", &behind)
            .view(-90.0, 15.0)
            .plot(),
    );
    keep("surface_least", &side.size(1, 1).plot());
    for (i, view) in [(0.0, 0.0), (45.0, 20.0), (135.0, 60.0), (200.0, 90.0)]
        .into_iter()
        .enumerate()
    {
        keep(
            &format!("surface_view_{i}"),
            &saddle.clone().view(view.0, view.1).plot(),
        );
    }
}

#[test]
fn the_nearer_part_hides_what_is_behind_it() {
    // A wall at y = 0 in front of a point, seen level from the low end of y.
    let wall = Surface::new((-1.0, 1.0), (-1.0, 1.0), |[_, y]| if y.abs() < 0.2 { 1.0 } else { 0.0 });
    let chart = |y: f64| {
        let chart = Chart3D::new("").surface(&wall).points("", &[0.0], &[y], &[0.5]);
        chart.view(-90.0, 20.0).plot()
    };
    let inked = |figure: Figure| {
        let (_, _, rgb) = rgb_of(&figure.bytes().unwrap());
        rgb.chunks(3).filter(|p| *p == [0, 114, 178]).count()
    };
    assert!(inked(chart(-0.8)) > 20, "before the wall");
    assert_eq!(inked(chart(0.8)), 0, "behind the wall");
}

#[test]
fn lines_in_space() {
    let [x, y, z] = lorenz(6000);
    let plain = Chart3D::new("The Lorenz attractor").line("", &x, &y, &z);
    let plain = plain.x_label("x").y_label("y").z_label("z");
    let figure = plain.plot();
    assert_eq!(figure.mime(), "image/svg+xml");
    assert!(svg_of(&figure).contains("<polyline"));
    keep("lorenz", &figure);
    keep("lorenz_pixels", &plain.plot_pixels());
    let colored = plain.clone().colors_along(ColorMap::Viridis).size(640, 480);
    keep("lorenz_colored", &colored.plot_pixels());
    keep("lorenz_colored_svg", &colored.plot());
    let other = lorenz(500);
    let two = plain
        .line("a short one", &other[0], &other[1], &other[2])
        .points("a point", &[0], &[0], &[40]);
    keep("lorenz_two", &two.plot());
    keep("lorenz_two_cut", &two.x_range(-10.0, 10.0).z_range(0.0, 30.0).plot());
    let many = Chart3D::new("A cloud")
        .points("cloud", &x[..2000], &y[..2000], &z[..2000])
        .plot();
    assert_eq!(many.mime(), "image/png");
    keep("cloud", &many);
}

#[test]
fn a_chart_that_turns() {
    let [x, y, z] = lorenz(3000);
    let chart = Chart3D::new("")
        .line("", &x, &y, &z)
        .x_label("x")
        .y_label("y")
        .z_label("z")
        .size(360, 300);
    let mut film = Animation::new(0.1).caption("The attractor turns");
    for i in 0..24 {
        film.push(&chart.clone().view(15.0 * f64::from(i), 25.0).plot_pixels())
            .unwrap();
    }
    let figure = film.plot();
    assert!(figure.bytes().unwrap().len() < 400_000);
    assert_eq!(figure.error(), None);
    figure.save(gallery().join("lorenz_turns.gif")).unwrap();
}

#[test]
fn impossible_charts_carry_their_reason() {
    let bowl = ravine();
    let upside = Surface::new((1.0, 0.0), (0.0, 1.0), |_| 0.0);
    let nothing = Surface::new((0.0, 1.0), (0.0, 1.0), |_| f32::NAN);
    let cases = [
        (Contour::new("t", &upside).plot(), "the smaller first"),
        (Contour::new("t", &nothing).plot(), "none of them finite"),
        (Chart3D::new("t").surface(&nothing).plot(), "none of them finite"),
        (
            Chart3D::new("t").surface(&bowl).view(0.0, 91.0).plot(),
            "0 to 90 degrees",
        ),
        (
            Chart3D::new("t").surface(&bowl).z_range(1.0, 1.0).plot(),
            "the smaller first",
        ),
        (
            Chart3D::new("t").line("a", &[1], &[1, 2], &[1]).plot(),
            "1 x, 2 y and 1 z",
        ),
        (Chart3D::new("t").plot(), "at least one finite number"),
        (
            Chart3D::new("t").path("a", &[[0.0, 0.0]]).plot(),
            "a surface that it lies on",
        ),
    ];
    for (figure, says) in &cases {
        let error = figure.error().unwrap_or_else(|| panic!("drawn, not {says:?}"));
        assert!(error.contains(says), "{error}");
    }
    // Odd numbers are gaps, not panics.
    let odd = [f64::NAN, 1e200, 1.0, f64::NEG_INFINITY, 2.0];
    keep("space_odd", &Chart3D::new("odd").line("a", &odd, &odd, &odd).plot());
    let steep = Surface::new((0.0, 1.0), (0.0, 1.0), |[x, y]| 1e30 * (x - 0.5) * y);
    keep("surface_steep", &Chart3D::new("steep").surface(&steep).plot());
    keep(
        "surface_steep_cut",
        &Chart3D::new("steep").surface(&steep).z_range(-1.0, 1.0).plot(),
    );
}
