//! Series, windows of them, and forecasts without a network.

use gradus::Error;
use gradus::data::series::{drift, naive, seasonal_naive};
use gradus::data::{Series, Windows};
use proptest::prelude::*;

fn counting(n: usize) -> Series {
    Series::new((0..n).map(|t| t as f32).collect()).unwrap()
}

fn refused<T: std::fmt::Debug>(result: gradus::Result<T>, part: &str) {
    let text = result.expect_err(part).to_string();
    assert!(text.contains(part), "{text}");
}

#[test]
fn a_series_says_what_it_holds() {
    let series = Series::dated(&["1949-11", "1949-12", "1950-01"], vec![1.0, 2.0, 3.0])
        .unwrap()
        .named("passengers");
    assert_eq!(series.to_string(), "passengers: 3 steps, 1949-11 to 1950-01");
    assert_eq!(
        (series.len(), series.date(1), series.date(3)),
        (3, Some("1949-12"), None)
    );
    let two = Series::features(&[("a", vec![1.0, 2.0]), ("b", vec![3.0, 4.0])]).unwrap();
    assert_eq!(
        (two.values(), two.feature("b").unwrap()),
        (&[1.0, 3.0, 2.0, 4.0][..], vec![3.0, 4.0])
    );
    refused(two.feature("c"), "\"a\", \"b\"");
    let part = series.slice(1..3).unwrap();
    assert_eq!((part.values(), part.date(0)), (&[2.0, 3.0][..], Some("1949-12")));
    refused(series.slice(2..4), "0..3");
    refused(series.slice(1..1), "at least one");
    assert_eq!(series.map(|x| x * 2.0).unwrap().values(), [2.0, 4.0, 6.0]);
    refused(series.map(|x| (x - 2.0).ln()), "step 0 (1949-11)");
}

#[test]
fn holes_and_disorder_are_named_with_their_place() {
    refused(Series::new(vec![]), "at least one value");
    let error = Series::new(vec![0.0, 1.0, f32::NAN]).unwrap_err();
    assert!(
        matches!(error, Error::NotFinite { .. }) && error.to_string().contains("step 2"),
        "{error}"
    );
    refused(
        Series::features(&[("a", vec![1.0]), ("b", vec![1.0, 2.0])]),
        "feature \"b\"",
    );
    let dated = |dates: &[&str]| Series::dated(dates, vec![1.0; dates.len()]);
    dated(&["1983-12-31", "1984-01-01"]).unwrap();
    dated(&["1984-02-28", "1984-02-29", "1984-03-01"]).unwrap();
    dated(&["1900", "1910", "1920"]).unwrap();
    dated(&["1981-01-01", "1981-01-08", "1981-01-15"]).unwrap();
    refused(dated(&["1983-02-28", "1983-02-29"]), "date of step 1");
    refused(dated(&["1983-02", "1983-13"]), "date of step 1");
    refused(dated(&["1983-02", "1983-03-01"]), "date of step 1");
    refused(dated(&["1983-02", "1983-02"]), "one after 1983-02");
    refused(dated(&["yesterday"]), "\"yesterday\"");
    refused(dated(&["1983-01", "1983-02", "1983-04"]), "between 1983-02 and 1983-04");
    refused(Series::dated(&["1983"], vec![1.0, 2.0]), "2 dates");
}

#[test]
fn gaps_are_filled_on_a_straight_line() {
    let dates = ["1984-02-27", "1984-02-28", "1984-03-02", "1984-03-03"];
    let series = Series::dated_filled(&dates, vec![5.0, 1.0, 4.0, 0.0]).unwrap();
    assert_eq!(series.values(), [5.0, 1.0, 2.0, 3.0, 4.0, 0.0]);
    assert_eq!(
        (series.filled(), series.date(2), series.date(3)),
        (&[2, 3][..], Some("1984-02-29"), Some("1984-03-01"))
    );
    assert_eq!(series.slice(3..5).unwrap().filled(), [0]);
    let months = Series::dated_filled(&["1999-11", "1999-12", "2000-02"], vec![0.0, 1.0, 2.0]).unwrap();
    assert_eq!((months.date(2), months.date(4)), (Some("2000-01"), None));
    refused(
        Series::dated_filled(&["1990", "1992", "1995"], vec![0.0; 3]),
        "between 1992 and 1995",
    );
}

#[test]
fn days_become_months() {
    let dates: Vec<String> = (30..=31)
        .map(|day| format!("2001-01-{day}"))
        .chain((1..=28).map(|d| format!("2001-02-{d:02}")))
        .collect();
    let values = (0..30).map(|i| if i < 2 { i as f32 } else { 7.0 }).collect();
    let months = Series::dated(&dates, values).unwrap().named("t").monthly().unwrap();
    assert_eq!(
        (months.values(), months.dates()),
        (&[0.5, 7.0][..], &["2001-01".to_string(), "2001-02".into()][..])
    );
    refused(months.monthly(), "2001-01");
    refused(counting(3).monthly(), "no dates");
}

#[test]
fn windows_hold_the_past_and_what_follows() {
    let sets = Windows::new(3, 2).unscaled().split(&counting(12), 4).unwrap();
    assert_eq!(
        sets.train.to_string(),
        "series, training set: 4 samples of shape [3, 1], 2 target value(s) each"
    );
    assert_eq!((sets.train.len(), sets.test.len(), sets.starts()), (4, 3, 8..=10));
    let batch = sets.train.batch(&[0, 3]).unwrap();
    assert_eq!(batch.inputs, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    assert!(
        format!("{:?}", batch.targets).contains("[3.0, 4.0, 6.0, 7.0]"),
        "{:?}",
        batch.targets
    );
    assert_eq!(sets.test.values(0).unwrap(), [5.0, 6.0, 7.0]);
    assert_eq!(sets.truth(), [8.0, 9.0, 9.0, 10.0, 10.0, 11.0]);
    assert_eq!((sets.past().len(), sets.latest()), (8, &[9.0, 10.0, 11.0][..]));
    assert_eq!(sets.baseline(naive).unwrap(), [7.0, 7.0, 8.0, 8.0, 9.0, 9.0]);
    assert_eq!(sets.baseline(drift).unwrap(), sets.truth());
    refused(sets.baseline(|_, _| Ok(vec![1.0])), "step 8");

    let three = Windows::new(3, 2).unscaled().split_three(&counting(14), 2, 4).unwrap();
    let validation = three.validation.unwrap();
    assert_eq!((three.train.len(), validation.len(), three.test.len()), (4, 1, 3));
    assert_eq!(validation.values(0).unwrap(), [5.0, 6.0, 7.0]);
}

#[test]
fn several_features_forecast_one() {
    let ten = |t: usize| 10.0 * t as f32;
    let series = Series::features(&[
        ("a", (0..8).map(|t| t as f32).collect()),
        ("b", (0..8).map(ten).collect()),
    ])
    .unwrap();
    let sets = Windows::new(2, 1).target("b").unscaled().split(&series, 2).unwrap();
    assert_eq!(sets.test.sample_shape(), [2, 2]);
    assert_eq!(sets.test.values(0).unwrap(), [4.0, 40.0, 5.0, 50.0]);
    assert_eq!(sets.truth(), [60.0, 70.0]);
    refused(Windows::new(2, 1).target("c").split(&series, 2), "\"c\"");
}

#[test]
fn a_series_that_is_too_short_is_refused() {
    Windows::new(3, 2).split(&counting(7), 2).unwrap();
    refused(Windows::new(3, 2).split(&counting(6), 2), "at least 7 steps");
    refused(Windows::new(3, 2).split(&counting(20), 1), "at least 2, the horizon");
    refused(Windows::new(3, 2).split_three(&counting(20), 1, 4), "validation steps");
    refused(Windows::new(0, 2).split(&counting(20), 4), "0 and 2");
    refused(Windows::new(2, 0).split(&counting(20), 4), "2 and 0");
    refused(Windows::new(2, 1).split(&counting(20), usize::MAX), "20 steps");
    let dated = Series::dated(&["1950-01", "1950-02"], vec![1.0, 2.0]).unwrap();
    refused(Windows::new(3, 2).split(&dated, 2), "step 1 (1950-02)");
}

#[test]
fn simple_forecasts() {
    assert_eq!(naive(&[1.0, 5.0], 3).unwrap(), [5.0; 3]);
    assert_eq!(
        seasonal_naive(&[9.0, 1.0, 2.0, 3.0], 5, 3).unwrap(),
        [1.0, 2.0, 3.0, 1.0, 2.0]
    );
    assert_eq!(drift(&[1.0, 7.0, 5.0], 2).unwrap(), [7.0, 9.0]);
    refused(naive(&[], 1), "0 values");
    refused(seasonal_naive(&[1.0, 2.0], 1, 3), "at least 3 values");
    refused(seasonal_naive(&[1.0, 2.0], 1, 0), "period 0");
    refused(drift(&[1.0], 1), "at least 2 values");
}

proptest! {
    /// What comes after the border changes nothing that is trained on: neither a sample, nor a target, nor the scale.
    #[test]
    fn the_future_does_not_leak(
        seed in prop::collection::vec(-50.0_f32..50.0, 30..60),
        change in -1000.0_f32..1000.0,
        past in 1_usize..6,
        horizon in 1_usize..4,
        test in 4_usize..10,
        validation in prop::sample::select(vec![0_usize, 4, 7]),
    ) {
        let windows = Windows::new(past, horizon);
        let border = seed.len() - test - validation;
        let mut other = seed.clone();
        other[border..].iter_mut().for_each(|x| *x += change);
        let a = windows.split_three(&Series::new(seed.clone()).unwrap(), validation, test).unwrap();
        let b = windows.split_three(&Series::new(other).unwrap(), validation, test).unwrap();
        prop_assert_eq!(&a.scaling, &b.scaling);
        prop_assert_eq!(a.train.len(), border - past - horizon + 1);
        let all: Vec<usize> = (0..a.train.len()).collect();
        prop_assert_eq!(a.train.batch(&all).unwrap(), b.train.batch(&all).unwrap());
        // Each window's past ends where its target begins.
        prop_assert_eq!(a.test.len(), test - horizon + 1);
        for i in 0..a.test.len() {
            let start = a.starts().start() + i;
            let back = a.scaling.undo(&a.test.values(i).unwrap());
            for (x, y) in back.iter().zip(&seed[start - past..start]) {
                prop_assert!((x - y).abs() < 1e-3, "{} {}", x, y);
            }
        }
    }

    /// The training part has mean 0 and spread 1 on the scale of the network, and there is a way back.
    #[test]
    fn scaling_goes_both_ways(values in prop::collection::vec(-500.0_f32..500.0, 20..50)) {
        let sets = Windows::new(2, 1).split(&Series::new(values.clone()).unwrap(), 5).unwrap();
        let scaled = sets.scaling.apply_target(sets.past());
        let mean = scaled.iter().sum::<f32>() / scaled.len() as f32;
        prop_assert!(mean.abs() < 1e-3);
        for (x, y) in sets.scaling.undo(&scaled).iter().zip(&values) {
            prop_assert!((x - y).abs() < 1e-2);
        }
        prop_assert_eq!(sets.truth(), values[values.len() - 5..].to_vec());
    }
}

#[test]
fn a_feature_that_does_not_vary_stays_finite() {
    let sets = Windows::new(2, 1)
        .split(&Series::new(vec![4.0; 12]).unwrap(), 3)
        .unwrap();
    assert_eq!(sets.test.values(0).unwrap(), [0.0, 0.0]);
    assert_eq!(sets.scaling.undo(&[0.0]), [4.0]);
}
