//! Tables: CSV files with typed columns, missing values, and their way into a [`Dataset`](super::Dataset).
//!
//! A [`Csv`] says how a file is to be read, a [`Table`] holds the columns, an [`Encoder`] turns them into the numbers
//! that a network takes: one-hot categories, missing values filled, features standardized, all of it measured on the
//! training part alone. Whatever is wrong with a file is reported with its line and column.
//!
//! pandas: `read_csv`, `DataFrame`; scikit-learn: `SimpleImputer`, `OneHotEncoder`, `OrdinalEncoder`,
//! `StandardScaler`. Taught in notebooks 02 and 03.

mod clean;
mod column;
mod csv;
mod encoder;
mod encoding;
mod header;
mod levels;
mod malformed;
mod narrow;
mod odd;
mod opening;
mod quotes;
mod reading;
mod record;
mod select;
mod sets;
mod show;
mod spelling;
mod stand_in;
mod statistics;
mod summary;
mod table;
mod typing;

pub use clean::FillWith;
pub use column::Kind;
pub use csv::Csv;
pub use encoder::Encoder;
pub use encoding::Encoding;
pub use sets::{bank_churn, california_housing, insurance, insurance_tiny, wdbc};
pub use summary::{Missing, TableSummary};
pub use table::Table;
