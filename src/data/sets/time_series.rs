//! Series that are known to many: passengers, temperatures, sunspots, and made-up ones in their place.

use gradus_data::Cache;

use super::fetched::{fetch, notice};
use super::made_up_series;
use crate::Result;
use crate::data::series::Series;
use crate::data::tabular::Csv;

/// A series of the catalogue.
struct Source {
    file: &'static str,
    date: &'static str,
    value: &'static str,
    title: &'static str,
    /// Dates and values that are made up.
    stand_in: fn() -> (Vec<String>, Vec<f32>),
}

const PASSENGERS: Source = Source {
    file: "airline-passengers.csv",
    date: "Month",
    value: "Passengers",
    title: "Airline passengers",
    stand_in: made_up_series::passengers,
};

const TEMPERATURES: Source = Source {
    file: "daily-min-temperatures.csv",
    date: "Date",
    value: "Temp",
    title: "Daily minimum temperatures",
    stand_in: made_up_series::temperatures,
};

const SUNSPOTS: Source = Source {
    file: "monthly-sunspots.csv",
    date: "Month",
    value: "Sunspots",
    title: "Sunspots",
    stand_in: made_up_series::sunspots,
};

/// How many thousand passengers flew abroad each month, January 1949 to December 1960: 144 months that grow, with a season
/// that grows with them.
///
/// Box and Jenkins, *Time Series Analysis*, 1976, series G; from the Time Series Data Library. From the cache if it is there,
/// else downloaded; where that fails too, a made-up series of the same form, with a notice that says why. R: `AirPassengers`.
/// Taught in notebook 14.
///
/// # Errors
/// If the file is there but cannot be read.
pub fn airline_passengers() -> Result<Series> {
    load(&PASSENGERS, Cache::from_env())
}

/// The lowest temperature of each day in Melbourne, 1981 to 1990, in degrees Celsius. Two days that the file lacks, both the last
/// of a leap year, are filled in between their neighbours; [`Series::filled`] names them.
///
/// From the Time Series Data Library. From the cache if it is there, else downloaded; where that fails too, a made-up series
/// of the same form, with a notice that says why. Taught in notebook 14.
///
/// # Errors
/// If the file is there but cannot be read.
pub fn daily_temperatures() -> Result<Series> {
    load(&TEMPERATURES, Cache::from_env())
}

/// The mean number of sunspots of each month, 1749 to 1983: cycles of about eleven years, none like the other.
///
/// From the Time Series Data Library. From the cache if it is there, else downloaded; where that fails too, a made-up series
/// of the same form, with a notice that says why. R: `sunspots`. Taught in notebook 14.
///
/// # Errors
/// If the file is there but cannot be read.
pub fn sunspots() -> Result<Series> {
    load(&SUNSPOTS, Cache::from_env())
}

fn load(source: &Source, cache: gradus_data::Result<Cache>) -> Result<Series> {
    match fetch(cache, "time-series") {
        Ok(folder) => {
            let csv = Csv::new().text(&[source.date]).numbers(&[source.value]);
            let table = csv.read(folder.join(source.file))?;
            let values = table
                .numbers(source.value)?
                .into_iter()
                .map(|value| value as f32)
                .collect();
            Ok(Series::dated_filled(&table.texts(source.date)?, values)?.named(source.title))
        }
        Err(reason) => {
            let (dates, values) = (source.stand_in)();
            let what = format!("The values of the series {:?}", source.title);
            let instead = format!("{} values of the same form", values.len());
            println!("{}", notice("time-series", &what, &instead, &reason));
            Ok(Series::dated(&dates, values)?.named(&format!("{}, made up", source.title)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::series::{Windows, naive, seasonal_naive};

    fn made_up(source: &Source) -> Series {
        load(source, Ok(Cache::at(tempfile::tempdir().unwrap().path()).offline(true))).unwrap()
    }

    #[test]
    fn every_series_has_a_stand_in_of_its_form() {
        for (source, len, first, last) in [
            (&PASSENGERS, 144, "1949-01", "1960-12"),
            (&TEMPERATURES, 3652, "1981-01-01", "1990-12-31"),
            (&SUNSPOTS, 2820, "1749-01", "1983-12"),
        ] {
            let series = made_up(source);
            assert_eq!(series, made_up(source), "the same every time");
            assert!(series.name().ends_with("made up"));
            let dates = (series.date(0).unwrap(), series.date(len - 1).unwrap());
            assert_eq!((series.len(), dates), (len, (first, last)));
        }
        assert!(made_up(&SUNSPOTS).values().iter().all(|spots| *spots >= 0.0));
    }

    #[test]
    fn made_up_passengers_have_a_season() {
        let sets = Windows::new(24, 12).split(&made_up(&PASSENGERS), 36).unwrap();
        let truth = sets.truth();
        let error = |forecast: Vec<f32>| -> f32 { forecast.iter().zip(&truth).map(|(f, t)| (f - t).abs()).sum() };
        let season = error(
            sets.baseline(|past, horizon| seasonal_naive(past, horizon, 12))
                .unwrap(),
        );
        assert!(season < 0.8 * error(sets.baseline(naive).unwrap()));
    }
}
