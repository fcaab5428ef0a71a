//! Tables of the catalogue, and what stands in for them where they are not.

use gradus_data::{Cache, Catalogue, Lines};

use super::csv::Csv;
use super::stand_in;
use super::table::Table;
use crate::Result;

/// A table of the catalogue.
struct Source {
    /// Its name in the catalogue.
    name: &'static str,
    file: &'static str,
    title: &'static str,
    csv: fn() -> Csv,
    /// What is done to the table after it was read.
    finish: fn(Table) -> Result<Table>,
    /// The text of a CSV file of the same form, with made-up values.
    stand_in: fn() -> String,
}

const INSURANCE: Source = Source {
    name: "insurance",
    file: "insurance.csv",
    title: "Insurance",
    csv: || {
        Csv::new()
            .numbers(&["age", "bmi", "children", "charges"])
            .categories(&["sex", "smoker", "region"])
    },
    finish: Ok,
    stand_in: stand_in::insurance,
};

const INSURANCE_TINY: Source = Source {
    name: "insurance-tiny",
    file: "insurance_data.csv",
    title: "Insurance by age",
    csv: || Csv::new().numbers(&["age"]).categories(&["bought_insurance"]),
    finish: |table| table.relabel("bought_insurance", &[("0", "no"), ("1", "yes")]),
    stand_in: stand_in::insurance_tiny,
};

const CALIFORNIA: Source = Source {
    name: "california-housing",
    file: "california_housing.csv",
    title: "California housing",
    csv: || Csv::new().categories(&["ocean_proximity"]),
    finish: Ok,
    stand_in: stand_in::california_housing,
};

const WDBC: Source = Source {
    name: "wdbc",
    file: "wdbc.csv",
    title: "Breast cancer",
    csv: || Csv::new().text(&["id"]).categories(&["diagnosis"]),
    finish: |table| table.relabel("diagnosis", &[("B", "benign"), ("M", "malignant")]),
    stand_in: stand_in::wdbc,
};

const BANK_CHURN: Source = Source {
    name: "bank-churn",
    file: "bank_churn.csv",
    title: "Bank churn",
    csv: || {
        Csv::new().text(&["RowNumber", "CustomerId", "Surname"]).categories(&[
            "Geography",
            "Gender",
            "HasCrCard",
            "IsActiveMember",
            "Exited",
        ])
    },
    finish: |table| {
        let table = table.relabel("Exited", &[("0", "stayed"), ("1", "left")])?;
        let table = table.relabel("HasCrCard", &[("0", "no"), ("1", "yes")])?;
        table.relabel("IsActiveMember", &[("0", "no"), ("1", "yes")])
    },
    stand_in: stand_in::bank_churn,
};

/// Yearly medical costs of 1338 insured people in the United States: `age`, `sex`, `bmi` (body mass index, kg/m²),
/// `children`, `smoker`, `region`, `charges` (dollars).
///
/// From the cache if it is there, else downloaded; where that fails too, a table of the same form that the project made
/// up, with a notice that says why. The numbers were simulated for B. Lantz, *Machine Learning with R*, 2013. Taught in notebook 02.
///
/// # Errors
/// If the file is there but cannot be read.
pub fn insurance() -> Result<Table> {
    load(&INSURANCE, Cache::from_env())
}

/// 27 people: their `age` in years, and whether they `bought_insurance` (`no` or `yes`).
///
/// From the cache if it is there, else downloaded; where that fails too, a table of the same form that the project made
/// up, with a notice that says why. Taught in notebook 02.
///
/// # Errors
/// If the file is there but cannot be read.
pub fn insurance_tiny() -> Result<Table> {
    load(&INSURANCE_TINY, Cache::from_env())
}

/// House prices in 20 640 districts of California, from the census of 1990: `longitude`, `latitude`,
/// `housing_median_age`, `total_rooms`, `total_bedrooms` (some missing), `population`, `households`, `median_income`
/// (ten thousands of dollars), `median_house_value` (dollars, cut off at 500 001), `ocean_proximity`.
///
/// From the cache if it is there, else downloaded; where that fails too, a table of the same form with fewer rows that the project made
/// up, with a notice that says why. Pace and Barry, *Sparse spatial autoregressions*, 1997. Taught in notebook 03.
///
/// # Errors
/// If the file is there but cannot be read.
pub fn california_housing() -> Result<Table> {
    load(&CALIFORNIA, Cache::from_env())
}

/// Breast Cancer Wisconsin (Diagnostic): 569 tumours, 30 measurements of cell nuclei under a microscope each, and the
/// `diagnosis`, `benign` or `malignant`. The column `id` is text.
///
/// From the cache if it is there, else downloaded; where that fails too, a table of the same form that the project made
/// up, with a notice that says why. Street, Wolberg and Mangasarian, *Nuclear feature extraction for breast tumor diagnosis*,
/// 1993. scikit-learn: `load_breast_cancer`, where the classes have the opposite order. Taught in notebook 07.
///
/// # Errors
/// If the file is there but cannot be read.
pub fn wdbc() -> Result<Table> {
    load(&WDBC, Cache::from_env())
}

/// 10 000 customers of a bank in three countries, and whether they left (`Exited`: `stayed` or `left`, one in five). `RowNumber`, `CustomerId`
/// and `Surname` are text, so that no feature is made of them.
///
/// From the cache if it is there, else downloaded; where that fails too, a table of the same form that the project made
/// up, with a notice that says why. Taught in notebook 07.
///
/// # Errors
/// If the file is there but cannot be read.
pub fn bank_churn() -> Result<Table> {
    load(&BANK_CHURN, Cache::from_env())
}

fn load(source: &Source, cache: gradus_data::Result<Cache>) -> Result<Table> {
    let fetched = cache.and_then(|cache| {
        Catalogue::load()?
            .get(source.name)?
            .fetch(&cache, &mut Lines::default())
    });
    let table = match fetched {
        Ok(folder) => (source.csv)().read(folder.join(source.file))?.named(source.title),
        Err(reason) => {
            let text = (source.stand_in)();
            let path = format!("made-up {}", source.file);
            let table = (source.csv)().parse(path, text.as_bytes())?;
            println!("{}", notice(source, table.len(), &reason));
            table.named(&format!("{}, made up", source.title))
        }
    };
    (source.finish)(table)
}

fn notice(source: &Source, rows: usize, reason: &gradus_data::Error) -> String {
    format!(
        "NOTICE: the table {:?} is not here. These are {rows} rows of the same form that the project made up: results \
         will differ from those of the text, and say nothing about the world.\n  Why: {reason}\n  To get it: cargo \
         course data fetch {}",
        source.title, source.name
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Encoder, Kind};

    const ALL: [&Source; 5] = [&INSURANCE, &INSURANCE_TINY, &CALIFORNIA, &WDBC, &BANK_CHURN];

    fn made_up(source: &Source) -> Table {
        let nowhere = tempfile::tempdir().unwrap();
        load(source, Ok(Cache::at(nowhere.path()).offline(true))).unwrap()
    }

    #[test]
    fn every_table_has_a_stand_in_that_is_the_same_each_time() {
        for source in ALL {
            let table = made_up(source);
            assert!(table.len() >= 27 && table.name().ends_with("made up"), "{table:?}");
            assert_eq!(table.to_string(), made_up(source).to_string());
            assert_eq!((source.stand_in)(), (source.stand_in)());
        }
    }

    #[test]
    fn stand_ins_can_be_learned_from() {
        let mean = |table: &Table, column: &str| {
            let values = table.numbers(column).unwrap();
            values.iter().sum::<f64>() / values.len() as f64
        };
        let insurance = made_up(&INSURANCE);
        let smokers = mean(&insurance.only("smoker", "yes").unwrap(), "charges");
        let others = mean(&insurance.only("smoker", "no").unwrap(), "charges");
        assert!(smokers > 2.5 * others, "{smokers} and {others}");
        let tiny = made_up(&INSURANCE_TINY);
        let ages = |answer: &str| mean(&tiny.only("bought_insurance", answer).unwrap(), "age");
        assert!(ages("yes") > ages("no") + 15.0);
        let houses = made_up(&CALIFORNIA);
        let dear = houses.filter("median_income", |income| income > 5.0).unwrap();
        assert!(mean(&dear, "median_house_value") > 1.3 * mean(&houses, "median_house_value"));
        assert!(houses.missing().of("total_bedrooms").unwrap() > 10);
        let tumours = made_up(&WDBC);
        let radius = |answer: &str| mean(&tumours.only("diagnosis", answer).unwrap(), "radius_mean");
        assert!(radius("malignant") > 1.3 * radius("benign"));
        let bank = made_up(&BANK_CHURN);
        let share = bank.counts("Exited").unwrap()[1] as f64 / bank.len() as f64;
        assert!((0.15..0.25).contains(&share), "{share}");
    }

    #[test]
    fn tables_become_sets() {
        for (source, target, features) in [
            (&INSURANCE, "charges", 9),
            (&INSURANCE_TINY, "bought_insurance", 1),
            (&CALIFORNIA, "median_house_value", 13),
            (&WDBC, "diagnosis", 30),
            (&BANK_CHURN, "Exited", 12),
        ] {
            let table = made_up(source);
            let set = Encoder::new(target).standardize().fill_missing().fit(&table).unwrap();
            let set = set.apply(&table).unwrap();
            assert_eq!(
                (set.len(), set.sample_shape()),
                (table.len(), &[features][..]),
                "{target}"
            );
        }
    }

    #[test]
    fn the_real_tables_have_the_form_of_their_stand_ins() {
        let Ok(cache) = Cache::from_env().map(|cache| cache.offline(true)) else {
            return;
        };
        let catalogue = Catalogue::load().unwrap();
        for source in ALL {
            if catalogue
                .get(source.name)
                .unwrap()
                .fetch(&cache, &mut Lines::default())
                .is_err()
            {
                eprintln!("{} is not in {}, not tested", source.name, cache.root().display());
                continue;
            }
            let (real, made_up) = (load(source, Ok(cache.clone())).unwrap(), made_up(source));
            assert_eq!(real.names(), made_up.names());
            for name in real.names() {
                assert_eq!(real.kind(&name).unwrap(), made_up.kind(&name).unwrap(), "{name}");
                if real.kind(&name).unwrap() == Kind::Category {
                    assert_eq!(real.levels(&name).unwrap(), made_up.levels(&name).unwrap(), "{name}");
                }
            }
        }
    }

    #[test]
    fn the_notice_says_what_why_and_what_to_do() {
        let text = notice(&WDBC, 569, &gradus_data::Error::NoCacheFolder);
        for part in [
            "NOTICE",
            "Breast cancer",
            "made up",
            "GRADUS_DATA",
            "cargo course data fetch wdbc",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }
}
