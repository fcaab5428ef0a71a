//! The real texts and series, where `GRADUS_DATA` names a folder that has them. (What stands in for them is tested beside
//! the loaders.)

use gradus::data::series::Windows;
use gradus::data::text::words;
use gradus::data::{Vocabulary, airline_passengers, daily_temperatures, film_reviews, news_vectors, sunspots};
use gradus::data::{tiny_shakespeare, translations};

use crate::mnist::here;

#[test]
fn the_film_reviews_are_those_of_pang_and_lee() {
    if !here("movie-reviews") {
        return;
    }
    let texts = film_reviews().unwrap();
    assert_eq!((texts.name(), texts.class_counts()), ("Film reviews", vec![5331, 5331]));
    assert_eq!(texts.class_names(), ["negative", "positive"]);
    assert_eq!(texts.texts()[0], "simplistic , silly and tedious .");
    assert!(texts.texts()[5331].starts_with("the rock is destined to be the 21st century's new \" conan \""));
    assert!(
        texts.texts().iter().any(|text| text.contains("cliché")),
        "the code page"
    );
    assert!(texts.texts().iter().all(|text| !text.contains('\u{fffd}')));
}

#[test]
fn shakespeare_is_shakespeare() {
    if !here("tiny-shakespeare") {
        return;
    }
    let text = tiny_shakespeare().unwrap();
    assert_eq!(text.len(), 1_115_394);
    assert!(text.starts_with("First Citizen:\nBefore we proceed any further, hear me speak."));
    let letters = Vocabulary::new(gradus::data::text::characters(&text)).unwrap();
    assert_eq!(letters.len() - letters.first_word(), 65);
}

#[test]
fn the_captions_are_those_of_multi30k() {
    if !here("multi30k") {
        return;
    }
    for (language, first) in [
        (
            "de",
            "Zwei junge weiße Männer sind im Freien in der Nähe vieler Büsche.",
        ),
        ("fr", "Deux jeunes hommes blancs sont dehors près de buissons."),
    ] {
        let sets = translations(language).unwrap();
        assert_eq!(
            (sets.train.len(), sets.validation.len(), sets.test.len()),
            (29_000, 1014, 1000)
        );
        let pair = sets.train.iter().next().unwrap();
        assert_eq!(pair, ("Two young, White males are outside near many bushes.", first));
        assert!(
            sets.train
                .iter()
                .all(|(source, target)| !source.is_empty() && !target.is_empty())
        );
        let short = sets.train.filter(|source, _| words(source).len() <= 8);
        assert!((1000..20_000).contains(&short.len()), "{}", short.len());
    }
}

#[test]
fn the_news_vectors_know_that_an_uncle_is_a_man() {
    if !here("news-vectors") {
        return;
    }
    let vectors = news_vectors().unwrap();
    assert_eq!(
        (vectors.len(), vectors.dim(), vectors.words()[0].as_str()),
        (116, 300, "she")
    );
    assert_eq!(vectors.get("she").unwrap()[..2], [0.0883789, -0.0317383]);
    assert_eq!(vectors.analogy("man", "uncle", "woman", 1).unwrap()[0].0, "aunt");
    assert_eq!(vectors.nearest(vectors.get("nurse").unwrap(), 1).unwrap()[0].0, "nurse");
    assert!(vectors.get("queen").unwrap_err().to_string().contains("116 words"));
    assert!(vectors.nearest(&[1.0], 1).is_err());
}

#[test]
fn the_series_are_the_classic_ones() {
    if !here("time-series") {
        return;
    }
    let passengers = airline_passengers().unwrap();
    assert_eq!(
        passengers.to_string(),
        "Airline passengers: 144 steps, 1949-01 to 1960-12"
    );
    assert_eq!(
        (passengers.values()[0], passengers.values()[143], passengers.filled()),
        (112.0, 432.0, &[][..])
    );
    let sets = Windows::new(24, 12).split(&passengers, 36).unwrap();
    assert_eq!(
        (sets.train.len(), sets.test.len(), sets.test.sample_shape()),
        (73, 25, &[24, 1][..])
    );

    let days = daily_temperatures().unwrap();
    assert_eq!(
        days.to_string(),
        "Daily minimum temperatures: 3652 steps, 1981-01-01 to 1990-12-31"
    );
    let filled: Vec<&str> = days.filled().iter().map(|step| days.date(*step).unwrap()).collect();
    assert_eq!(filled, ["1984-12-31", "1988-12-31"]);
    assert_eq!(days.values()[..2], [20.7, 17.9]);
    let months = days.monthly().unwrap();
    assert_eq!((months.len(), months.date(119)), (120, Some("1990-12")));
    assert!((months.values()[0] - 17.712903).abs() < 1e-5, "{}", months.values()[0]);

    let spots = sunspots().unwrap();
    assert_eq!(spots.to_string(), "Sunspots: 2820 steps, 1749-01 to 1983-12");
    assert_eq!(spots.values()[0], 58.0);
}
