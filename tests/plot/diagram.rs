//! Diagrams: boxes, arrows, their texts, and what is refused.

use gradus::plot::{Chart, Diagram, Pictures};

use crate::gallery::{keep, svg_of};

/// A neuron with a squared error: six steps from four numbers.
fn neuron() -> Diagram {
    let boxes = [
        ("x", "2.000", "−0.659"),
        ("w", "0.500", "−1.318"),
        ("×", "1.000", "−0.659"),
        ("b", "−0.400", "−0.659"),
        ("+", "0.600", "−0.659"),
        ("tanh", "0.537", "−0.926"),
        ("−y", "−1.000", "−0.926"),
        ("+", "−0.463", "−0.926"),
        ("square", "0.214", "1.000"),
    ];
    let diagram = boxes
        .iter()
        .fold(Diagram::new("One neuron and its error"), |d, b| d.node(b.0, b.1, b.2));
    let arrows = [
        (0, 2, "0.50"),
        (1, 2, "2.00"),
        (2, 4, "1.00"),
        (3, 4, "1.00"),
        (4, 5, "0.71"),
        (5, 7, "1.00"),
        (6, 7, "1.00"),
        (7, 8, "−0.93"),
    ];
    arrows.iter().fold(diagram, |d, a| d.arrow(a.0, a.1, a.2))
}

#[test]
fn a_computation_graph() {
    let figure = neuron().plot();
    keep("diagram_neuron", &figure);
    keep("diagram_neuron_pixels", &figure.to_pixels());
    let svg = svg_of(&figure);
    let texts: Vec<&str> = svg.lines().map(str::trim).collect();
    for text in ["tanh", "−1.318", "0.71", "One neuron and its error"] {
        assert!(texts.contains(&text), "{text}");
    }
    assert_eq!(figure.alt(), "One neuron and its error: 9 boxes, 8 arrows");
    assert!(figure.size().0 < 900, "{figure}");
}

#[test]
fn long_arrows_go_around_and_two_arrows_may_join_the_same_boxes() {
    let f = Diagram::new("f = a · a + a")
        .node("a", "3", "7")
        .node("×", "9", "1")
        .node("+", "12", "1");
    let f = f.arrow(0, 1, "3").arrow(0, 1, "3").arrow(1, 2, "1").arrow(0, 2, "1");
    keep("diagram_fan_out", &f.plot());
    let layers = [
        "28 × 28",
        "Flatten",
        "Linear<784, 128>",
        "ReLU",
        "Linear<128, 10>",
        "10 scores",
    ];
    let net = layers.iter().fold(Diagram::new(""), |d, name| d.node(name, "", ""));
    let net = (1..layers.len())
        .fold(net, |d, i| d.arrow(i - 1, i, ""))
        .arrow(1, 4, "skip");
    keep("diagram_layers", &net.caption("A network").plot());
    keep("diagram_lone", &Diagram::new("alone").node("a", "", "").plot());
}

#[test]
fn what_cannot_be_drawn_says_why() {
    let two = Diagram::new("t").node("a", "", "").node("b", "", "");
    let cases = [
        (Diagram::new("t"), "at least one, got none"),
        (two.clone().arrow(0, 2, ""), "below 2, got 0 to 2"),
        (two.clone().arrow(0, 1, "").arrow(1, 0, ""), "got a circle"),
    ];
    for (diagram, says) in cases {
        let figure = diagram.plot();
        assert!(figure.error().is_some_and(|e| e.contains(says)), "{figure}");
    }
    assert_eq!(two.plot().error(), None, "boxes without arrows");
}

#[test]
fn figures_become_images() {
    let picture = Pictures::new("").picture([1, 2, 2], &[0.0, 1.0, 0.5, 0.2], "").plot();
    let image = picture.to_image().unwrap();
    assert_eq!(image.shape(), [3, picture.size().1 as usize, picture.size().0 as usize]);
    let middle = |row: usize, col: usize| {
        let (h, w) = (image.height(), image.width());
        image.pixels()[(h / 4 + row * h / 2) * w + w / 4 + col * w / 2]
    };
    let values = [middle(0, 0), middle(0, 1), middle(1, 0), middle(1, 1)];
    assert!(
        values
            .iter()
            .zip([0.0, 1.0, 0.5, 0.2])
            .all(|(a, b)| (a - b).abs() < 0.01),
        "{values:?}"
    );
    let chart = Chart::new("t").line("", &[0, 1], &[0, 1]).plot();
    assert_eq!(chart.to_image().unwrap().shape(), [3, 360, 700]);
    assert!(Chart::new("t").plot().to_image().is_err());
}
