//! Made-up tables of the form of real ones, for machines that cannot get those. All numbers below are this project's
//! own: they follow the broad shape that the real tables are known for, no more.

use std::fmt::Write as _;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Random draws in the words of the tables.
struct Draw(ChaCha8Rng);

impl Draw {
    fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    fn normal(&mut self, mean: f64, std: f64) -> f64 {
        let z: f64 = StandardNormal.sample(&mut self.0);
        mean + std * z
    }

    fn uniform(&mut self, from: f64, to: f64) -> f64 {
        self.0.gen_range(from..to)
    }

    fn chance(&mut self, p: f64) -> bool {
        self.0.gen_range(0.0..1.0) < p
    }

    /// The position that a draw falls to, each as likely as its weight says.
    fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.uniform(0.0, weights.iter().sum());
        for (i, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return i;
            }
        }
        weights.len() - 1
    }
}

fn row(out: &mut String, fields: &[String]) {
    let _ = writeln!(out, "{}", fields.join(","));
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Costs rise with the square of age; smokers pay more, and much more where they are heavy.
pub(super) fn insurance() -> String {
    let mut draw = Draw::new(1);
    let mut out = String::from("age,sex,bmi,children,smoker,region,charges\n");
    for _ in 0..1338 {
        let age = draw.uniform(18.0, 65.0).floor();
        let bmi = draw.normal(30.5, 6.0).clamp(16.0, 53.0);
        let children = draw.weighted(&[0.43, 0.24, 0.18, 0.12, 0.02, 0.01]);
        let smoker = draw.chance(0.2);
        let base = 500.0 + 3.4 * age * age + 450.0 * children as f64;
        let extra = match (smoker, bmi >= 30.0) {
            (false, _) => 0.0,
            (true, false) => 12_500.0 + 450.0 * (bmi - 25.0),
            (true, true) => 30_000.0 + 500.0 * (bmi - 35.0),
        };
        // Now and then something happens that none of the columns tells.
        let accident = if draw.chance(0.12) {
            draw.uniform(3_000.0, 18_000.0)
        } else {
            0.0
        };
        let charges = (base + extra + accident + draw.normal(0.0, 500.0)).max(1_100.0);
        let sex = ["female", "male"][draw.weighted(&[0.5, 0.5])];
        let region = ["northeast", "northwest", "southeast", "southwest"][draw.weighted(&[0.24, 0.24, 0.28, 0.24])];
        let smokes = if smoker { "yes" } else { "no" };
        row(
            &mut out,
            &[
                age.to_string(),
                sex.into(),
                format!("{bmi:.2}"),
                children.to_string(),
                smokes.into(),
                region.into(),
                format!("{charges:.2}"),
            ],
        );
    }
    out
}

/// The older, the likelier to buy, with a few exceptions.
pub(super) fn insurance_tiny() -> String {
    let mut draw = Draw::new(2);
    let mut out = String::from("age,bought_insurance\n");
    for i in 0..27 {
        let age = (18.0 + 45.0 * f64::from(i) / 26.0 + draw.uniform(-1.0, 1.0))
            .round()
            .max(18.0);
        let bought = draw.chance(sigmoid((age - 39.0) / 4.0));
        row(&mut out, &[age.to_string(), u8::from(bought).to_string()]);
    }
    out
}

/// Prices rise with income, towards the sea and towards two cities; the dearest are cut off.
pub(super) fn california_housing() -> String {
    let mut draw = Draw::new(3);
    let mut out = String::from(
        "longitude,latitude,housing_median_age,total_rooms,total_bedrooms,population,households,median_income,\
         median_house_value,ocean_proximity\n",
    );
    for i in 0..6000 {
        // Along the coast from the south-east to the north-west, and so far inland.
        let (along, inland) = (draw.uniform(0.0, 1.0), draw.uniform(0.0, 1.0).powi(2));
        let longitude = -117.2 - 6.6 * along + 2.8 * inland;
        let latitude = 32.7 + 8.2 * along + 1.2 * inland;
        let bay = along > 0.5 && along < 0.68 && inland < 0.12;
        let proximity = match inland {
            _ if i < 5 => "ISLAND",
            _ if bay => "NEAR BAY",
            d if d < 0.02 => "NEAR OCEAN",
            d if d < 0.3 => "<1H OCEAN",
            _ => "INLAND",
        };
        let households = draw.normal(6.0, 0.65).exp().clamp(2.0, 6000.0).round();
        let income = draw.normal(1.25 - 0.25 * inland, 0.45).exp().clamp(0.5, 15.0);
        let rooms = (households * (3.6 + 0.45 * income + draw.normal(0.0, 0.6)).max(1.5)).round();
        let bedrooms = (households * draw.normal(1.07, 0.05).max(0.7)).round();
        let population = (households * draw.normal(2.9, 0.6).max(1.1)).round();
        let age = draw.normal(31.0 - 6.0 * inland, 12.0).clamp(1.0, 52.0).round();
        let city = (-((along - 0.14) / 0.06).powi(2)).exp() + (-((along - 0.6) / 0.06).powi(2)).exp();
        let value = 25_000.0 + 41_000.0 * income + 85_000.0 * (1.0 - inland).powi(3) + 60_000.0 * city * (1.0 - inland);
        let value = (value * draw.normal(1.0, 0.22).max(0.3)).clamp(15_000.0, 500_001.0);
        let missing = draw.chance(0.01);
        row(
            &mut out,
            &[
                format!("{longitude:.2}"),
                format!("{latitude:.2}"),
                format!("{age:.1}"),
                format!("{rooms:.1}"),
                if missing {
                    String::new()
                } else {
                    format!("{bedrooms:.1}")
                },
                format!("{population:.1}"),
                format!("{households:.1}"),
                format!("{income:.4}"),
                format!("{:.1}", value.round()),
                proximity.into(),
            ],
        );
    }
    out
}

/// Ten measurements of a nucleus, benign and malignant: how they are centred, and how they spread.
const NUCLEI: [(&str, [f64; 2], f64); 10] = [
    ("radius", [12.0, 17.4], 2.4),
    ("texture", [18.0, 21.5], 3.9),
    ("perimeter", [78.0, 115.0], 16.5),
    ("area", [460.0, 970.0], 230.0),
    ("smoothness", [0.0925, 0.103], 0.013),
    ("compactness", [0.080, 0.145], 0.044),
    ("concavity", [0.046, 0.160], 0.057),
    ("concave points", [0.026, 0.088], 0.024),
    ("symmetry", [0.174, 0.193], 0.026),
    ("fractal_dimension", [0.063, 0.0625], 0.007),
];

/// Malignant nuclei are larger and more irregular. The mean, the error and the worst of a measurement go together.
pub(super) fn wdbc() -> String {
    let mut draw = Draw::new(4);
    let mut header = vec!["id".to_string(), "diagnosis".to_string()];
    for part in ["mean", "se", "worst"] {
        header.extend(NUCLEI.iter().map(|(name, ..)| format!("{name}_{part}")));
    }
    let mut out = header.join(",") + "\n";
    for i in 0..569 {
        let malignant = draw.chance(0.37);
        // Size, irregularity and texture are what the measurements have in common.
        let common = [draw.normal(0.0, 1.0), draw.normal(0.0, 1.0), draw.normal(0.0, 1.0)];
        let mut parts = [Vec::new(), Vec::new(), Vec::new()];
        for (k, (_, centres, spread)) in NUCLEI.iter().enumerate() {
            let factor = common[[0, 2, 0, 0, 1, 1, 1, 1, 1, 1][k]];
            let z = 0.85 * factor + draw.normal(0.0, 0.5);
            let centre = centres[usize::from(malignant)];
            let mean = (centre + spread * z).max(0.3 * centre);
            let error = mean * draw.normal(-3.2, 0.4).exp() * (1.0 + 0.5 * f64::from(u8::from(malignant)));
            let worst = mean
                * draw
                    .normal(1.16 + 0.12 * f64::from(u8::from(malignant)), 0.08)
                    .max(1.01);
            for (part, value) in parts.iter_mut().zip([mean, error, worst]) {
                part.push(format!("{value:.5}"));
            }
        }
        let diagnosis = if malignant { "M" } else { "B" };
        let mut fields = vec![(900_000 + i).to_string(), diagnosis.to_string()];
        fields.extend(parts.into_iter().flatten());
        row(&mut out, &fields);
    }
    out
}

/// Who is older, not active, in Germany or has three products or more leaves more often.
pub(super) fn bank_churn() -> String {
    const NAMES: [&str; 8] = ["Ash", "Birch", "Cedar", "Elm", "Hazel", "Maple", "Oak", "Rowan"];
    let mut draw = Draw::new(5);
    let mut out = String::from(
        "RowNumber,CustomerId,Surname,CreditScore,Geography,Gender,Age,Tenure,Balance,NumOfProducts,HasCrCard,\
         IsActiveMember,EstimatedSalary,Exited\n",
    );
    for i in 1..=10_000 {
        let country = draw.weighted(&[0.5, 0.25, 0.25]);
        let female = draw.chance(0.455);
        let age = draw.normal(3.6, 0.25).exp().clamp(18.0, 92.0).round();
        let active = draw.chance(0.515);
        let products = 1 + draw.weighted(&[0.51, 0.46, 0.025, 0.005]);
        let broke = country != 1 && draw.chance(0.48);
        let balance = if broke {
            0.0
        } else {
            draw.normal(119_500.0, 30_000.0).max(3_000.0)
        };
        let mut score = -1.95 + 0.075 * (age - 38.0) + 0.5 * f64::from(u8::from(female));
        score += if country == 1 { 0.8 } else { 0.0 } + if active { -0.9 } else { 0.2 };
        score += [0.6, -0.9, 2.5, 4.0][products - 1];
        let left = draw.chance(sigmoid(score));
        row(
            &mut out,
            &[
                i.to_string(),
                (15_500_000 + 7 * i).to_string(),
                NAMES[draw.weighted(&[1.0; 8])].into(),
                draw.normal(650.0, 96.0).clamp(350.0, 850.0).round().to_string(),
                ["France", "Germany", "Spain"][country].into(),
                if female { "Female" } else { "Male" }.into(),
                age.to_string(),
                draw.weighted(&[0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5])
                    .to_string(),
                format!("{balance:.2}"),
                products.to_string(),
                u8::from(draw.chance(0.705)).to_string(),
                u8::from(active).to_string(),
                format!("{:.2}", draw.uniform(12.0, 199_990.0)),
                u8::from(left).to_string(),
            ],
        );
    }
    out
}
