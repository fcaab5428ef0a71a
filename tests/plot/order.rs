//! Figures of everything with an order: attention, coloured text, forecasts, and points with names.

use gradus::plot::{ColorMap, Forecast, attention, colored_text, named_points};

use crate::gallery::{keep, svg_of};

fn soft(rows: usize, columns: usize) -> Vec<f32> {
    let weight =
        |i: usize, j: usize| (-((i as f32 * columns as f32 / rows as f32 - j as f32) / 1.5).powi(2)).exp() + 0.02;
    let row = |i: usize| {
        let all: f32 = (0..columns).map(|j| weight(i, j)).sum();
        (0..columns).map(move |j| weight(i, j) / all).collect::<Vec<_>>()
    };
    (0..rows).flat_map(row).collect()
}

#[test]
fn attention_maps() {
    let english = [
        "A",
        "little",
        "girl",
        "climbing",
        "into",
        "a",
        "wooden",
        "playhouse",
        ".",
    ];
    let german = [
        "Ein",
        "kleines",
        "Mädchen",
        "klettert",
        "in",
        "ein",
        "Spielhaus",
        "aus",
        "Holz",
        ".",
        "<eos>",
    ];
    keep("attention", &attention("Translation", &soft(11, 9), &german, &english));
    let letters: Vec<String> = "to be, or not to be:\nthat is the question — whether 'tis nobler in the mind to suffer"
        .chars()
        .map(String::from)
        .collect();
    let n = letters.len();
    let figure = attention("Letters", &soft(n, n), &letters, &letters);
    keep("attention_letters", &figure);
    assert!(figure.alt().contains(&n.to_string()));
    let odd = attention("", &soft(2, 3), &["東京", " "], &["\n", "", " word"]);
    keep("attention_odd", &odd);
    let none: [&str; 0] = [];
    for wrong in [
        attention("x", &[0.5; 5], &["a"], &["b"]),
        attention("x", &[], &none, &none),
    ] {
        assert!(wrong.error().unwrap().contains("one for each"), "{:?}", wrong.error());
    }
    // Scores before the softmax may be negative.
    keep(
        "attention_scores",
        &attention("Scores", &[-3.0, 2.0, 0.5, f32::NAN], &["a", "b"], &["c", "d"]),
    );
}

#[test]
fn text_in_colours() {
    let words: Vec<&str> = "the film is not funny , its jokes are old and its plot is a long , long way from home ."
        .split(' ')
        .collect();
    let values: Vec<f32> = (0..words.len()).map(|i| ((i * 7) % 11) as f32 / 5.0 - 1.0).collect();
    keep(
        "colored_words",
        &colored_text("What speaks for praise", &words, &values, ColorMap::BlueRed),
    );
    let text = "First Citizen:\nBefore we proceed any further, hear me speak.\n\nAll:\nSpeak, speak.\n";
    let letters: Vec<String> = text.chars().map(String::from).collect();
    let surprise: Vec<f32> = (0..letters.len())
        .map(|i| if i % 13 == 0 { f32::NAN } else { (i % 6) as f32 })
        .collect();
    keep(
        "colored_letters",
        &colored_text("Surprise per letter, in bits", &letters, &surprise, ColorMap::Blues),
    );
    keep("colored_one", &colored_text("", &["a"], &[1.0], ColorMap::Viridis));
    let long = "x".repeat(400);
    keep(
        "colored_long",
        &colored_text(
            "A long token",
            &[&long[..], "東京", "end"],
            &[0.0, 1.0, 2.0],
            ColorMap::Viridis,
        ),
    );
    let wrong = colored_text("x", &["a"], &[1.0, 2.0], ColorMap::Viridis);
    assert!(wrong.error().unwrap().contains("1 and 2"), "{:?}", wrong.error());
}

#[test]
fn forecasts() {
    let value = |t: usize| 100.0 + t as f32 + 20.0 * (t as f32 * std::f32::consts::FRAC_PI_6).sin();
    let history: Vec<f32> = (0..48).map(value).collect();
    let truth: Vec<f32> = (48..60).map(value).collect();
    let forecast: Vec<f32> = truth.iter().enumerate().map(|(i, v)| v + (i as f32 - 5.0)).collect();
    let edge = |sign: f32| -> Vec<f32> {
        forecast
            .iter()
            .enumerate()
            .map(|(i, v)| v + sign * (4.0 + 1.5 * i as f32))
            .collect()
    };
    let chart = Forecast::new("Passengers", &history)
        .truth(&truth)
        .forecast(&forecast)
        .named("as last year", &history[36..])
        .band("80 % band", &edge(-1.0), &edge(1.0))
        .x_label("month")
        .y_label("thousand passengers");
    let figure = chart.plot();
    keep("forecast", &figure);
    let text = svg_of(&figure);
    for part in ["what came", "80 % band", "as last year", "<polygon"] {
        assert!(text.contains(part), "{part}");
    }
    keep("forecast_plain", &Forecast::new("", &history).from(1949.0).plot());
    let long: Vec<f32> = (0..3000).map(|t| (t as f32 * 0.05).sin()).collect();
    keep(
        "forecast_long",
        &Forecast::new("Long", &long).forecast(&[1.0, 2.0]).plot(),
    );
    let wrong = chart.clone().band("band", &[2.0], &[1.0]).plot();
    assert!(wrong.error().unwrap().contains("each below"), "{:?}", wrong.error());
    assert!(chart.band("band", &[1.0], &[1.0, 2.0]).plot().error().is_some());
    assert!(Forecast::new("x", &[]).plot().error().unwrap().contains("finite"));
}

#[test]
fn points_with_names() {
    let words = [
        "she", "woman", "mother", "he", "man", "father", "nurse", "doctor", "judge", "Mädchen", "東京",
    ];
    let points: Vec<[f32; 2]> = (0..words.len())
        .map(|i| [(i as f32 * 1.7).sin(), (i as f32 * 0.9).cos() * 2.0])
        .collect();
    let groups = [0, 0, 0, 1, 1, 1, 2, 2, 2, 0, 2];
    keep(
        "named_points",
        &named_points(
            "Words",
            &points,
            &words,
            &groups,
            ("first component", "second component"),
        ),
    );
    let many: Vec<[f32; 2]> = (0..150).map(|i| [(i as f32).sin(), (i as f32 * 0.7).cos()]).collect();
    let names: Vec<String> = (0..150).map(|i| format!("word number {i}")).collect();
    let figure = named_points("", &many, &names, &[], ("", ""));
    keep("named_points_many", &figure);
    assert!(figure.alt().contains("found no room"), "{}", figure.alt());
    let wrong = named_points("x", &points, &["a"], &[], ("", ""));
    assert!(
        wrong.error().unwrap().contains("11 points, 1 names"),
        "{:?}",
        wrong.error()
    );
    assert!(
        named_points("x", &[[f32::NAN, 0.0]], &["a"], &[], ("", ""))
            .error()
            .is_some()
    );
}
