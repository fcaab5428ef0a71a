//! Tables: what is read, what is refused and where, what is filled, and what becomes of it.

use gradus::Error;
use gradus::data::tabular::{Csv, Encoder, FillWith, Kind, Table};
use gradus_tests::load;
use proptest::prelude::*;
use serde::Deserialize;

fn parse(text: &str) -> gradus::Result<Table> {
    Csv::new().parse("test.csv", text.as_bytes())
}

fn table(text: &str) -> Table {
    parse(text).expect(text)
}

/// The message of a refusal, which must name the file and say each of these things.
#[track_caller]
fn refused<T: std::fmt::Debug>(result: gradus::Result<T>, parts: &[&str]) {
    let text = result.expect_err("it was accepted").to_string();
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in: {text}");
    }
}

const PEOPLE: &str = "name,age,smoker,region\nAnn,20,no,north\nBob,,yes,south\nCid,40,no,\nDee,60.5,no,north\n";

#[test]
fn kinds_are_found_out() {
    let people = table(PEOPLE);
    assert_eq!((people.len(), people.name()), (4, "test.csv"));
    assert_eq!(people.kind("age").unwrap(), Kind::Number);
    assert_eq!(people.kind("smoker").unwrap(), Kind::Category);
    assert_eq!(people.levels("region").unwrap(), ["north", "south"]);
    assert_eq!(people.codes("smoker").unwrap(), [0, 1, 0, 0]);
    let ages = people.numbers("age").unwrap();
    assert!(ages[1].is_nan() && ages[3] == 60.5);
    assert_eq!(people.texts("region").unwrap(), ["north", "south", "", "north"]);
    // Many different values are text, a few are a category.
    let lines: String = (0..40).map(|i| format!("id{i},{}\n", ["a", "b", "c"][i % 3])).collect();
    let many = table(&format!("id,class\n{lines}"));
    assert_eq!(
        (many.kind("id").unwrap(), many.kind("class").unwrap()),
        (Kind::Text, Kind::Category)
    );
    assert_eq!(many.counts("class").unwrap(), [14, 13, 13]);
    assert_eq!(table("a,b\n,1\n,2\n").kind("a").unwrap(), Kind::Text);
}

#[test]
fn kinds_can_be_said() {
    let csv = Csv::new().categories(&["age"]).text(&["smoker"]);
    let people = csv.parse("p", PEOPLE.as_bytes()).unwrap();
    assert_eq!(people.levels("age").unwrap(), ["20", "40", "60.5"]);
    assert_eq!(people.kind("smoker").unwrap(), Kind::Text);
    refused(
        Csv::new().numbers(&["weight"]).parse("p.csv", PEOPLE.as_bytes()),
        &["p.csv", "one of name, age, smoker, region", "\"weight\""],
    );
    refused(
        Csv::new().numbers(&["smoker"]).parse("p.csv", PEOPLE.as_bytes()),
        &["p.csv", "line 2, column 3 (smoker)", "\"no\""],
    );
}

#[test]
fn the_same_table_in_many_spellings() {
    let plain = table("a,b\n1,x\n2,\"y, z\"\n3,x\n");
    for text in [
        "a,b\r\n1,x\r\n2,\"y, z\"\r\n3,x\r\n",
        "a,b\r1,x\r2,\"y, z\"\r3,x",
        "\u{feff}a,b\n1,x\n2,\"y, z\"\n3,x\n",
        "\"a\",\"b\"\n\"1\",\"x\"\n\"2\",\"y, z\"\n\"3\",\"x\"\n",
        "a , b\n 1,x \n2,\"y, z\"\n\n3,\tx\n\n",
    ] {
        let other = table(text);
        assert_eq!(other.to_string(), plain.to_string(), "{text:?}");
    }
    let semicolons = Csv::new()
        .delimiter(';')
        .parse("test.csv", b"a;b\n1;x\n2;y, z\n3;x\n")
        .unwrap();
    assert_eq!(semicolons.to_string(), plain.to_string());
    let bare = Csv::new()
        .header(&["a", "b"])
        .parse("test.csv", b"1,x\n2,\"y, z\"\n3,x\n")
        .unwrap();
    assert_eq!(bare.to_string(), plain.to_string());
}

#[test]
fn quotes_hold_anything() {
    let table = table("a,b\n\"say \"\"hi\"\"\",1\n\"two\nlines\",2\n5\" pipe,3\n");
    assert_eq!(table.texts("a").unwrap(), ["say \"hi\"", "two\nlines", "5\" pipe"]);
}

#[test]
fn what_is_no_table_is_refused_with_line_and_column() {
    refused(parse(""), &["test.csv", "header line", "an empty file"]);
    refused(parse("\n\n"), &["an empty file"]);
    refused(parse("a,b\n"), &["at least one row"]);
    refused(
        parse("a,b\n1,2\n3\n"),
        &["2 fields in line 3", "got 1", "no column 2, \"b\""],
    );
    refused(
        parse("a,b\n1,2\n3,4,5\n"),
        &["2 fields in line 3", "first too many is column 3, \"5\"", "quotes"],
    );
    refused(parse("a,a\n1,2\n"), &["columns 1 and 2", "\"a\" twice"]);
    refused(parse("a,,c\n1,2,3\n"), &["column 2", "nothing"]);
    refused(
        parse("5.1,3.5\n4.9,3.0\n"),
        &["number 5.1 in line 1, column 1", "Csv::new().header"],
    );
    refused(
        Csv::new().header(&["a", "b"]).parse("test.csv", b"1,2,3\n"),
        &["2 fields in line 1", "got 3"],
    );
    refused(
        parse("a,b\n1,\"2\n3,4\n"),
        &["closing quote", "line 2, column 2", "end of the file"],
    );
    refused(parse("\u{feff}\"a,b\n1,2\n"), &["closing quote", "line 1, column 1"]);
    refused(
        parse("a,b\n\"1\"2,3\n"),
        &["line 2, column 1", "byte '2'", "written twice"],
    );
    refused(parse("a,b\n1, \"2\"\n"), &["line 2, column 2", "blanks before"]);
    refused(
        Csv::new().delimiter('é').parse("t", b"a\n1\n"),
        &["delimiter", "single character", "'é'"],
    );
    refused(Csv::new().delimiter('"').parse("t", b"a\n1\n"), &["delimiter"]);
    refused(
        Csv::new().parse("test.csv", b"a,b\n1,x\n2,caf\xe9\n"),
        &["UTF-8", "0xe9 in line 3, character 6"],
    );
    refused(Csv::new().parse("test.csv", b"\xff\xfea\0,\0b\0\n\0"), &["UTF-16"]);
    assert!(matches!(Table::read("/nowhere/at/all.csv"), Err(Error::Io { .. })));
}

#[test]
fn what_is_no_number_is_refused_with_line_and_column() {
    let mut lines: String = (0..20).map(|i| format!("{i},x\n")).collect();
    lines += "oops,x\n";
    refused(
        parse(&format!("n,c\n{lines}")),
        &[
            "test.csv",
            "line 22, column 1 (n)",
            "20 of 21 rows",
            "\"oops\"",
            ".missing",
        ],
    );
    let numbers = Csv::new().numbers(&["b"]);
    let line = |value: &str| numbers.parse("test.csv", format!("a,b\nx,1\n\ny,{value}\n").as_bytes());
    refused(line("12a"), &["number in line 4, column 2 (b)", "\"12a\""]);
    refused(line("\"1,000\""), &["line 4", "without separators"]);
    for odd in ["NaN", "inf", "-Infinity", "1e999"] {
        refused(
            line(odd),
            &["finite number in line 4, column 2 (b)", odd, ".missing(&[\"\", \"NA\","],
        );
        // The same where the kind is found out.
        refused(parse(&format!("a,b\nx,1\n\ny,{odd}\n")), &["line 4, column 2 (b)", odd]);
    }
    let marked = numbers
        .missing(&["", "NaN"])
        .parse("test.csv", b"a,b\nx,1\ny,NaN\n")
        .unwrap();
    assert_eq!(marked.missing().of("b"), Some(1));
    // A record's line is where it begins, line breaks in quotes and empty lines included.
    refused(
        parse("a,b\r\n\"x\r\ny\",1\r\n\r\n\r\nz,NaN\r\n"),
        &["line 6, column 2 (b)"],
    );
}

#[test]
fn missing_values_are_counted_and_dropped() {
    let people = table(PEOPLE);
    let missing = people.missing();
    assert_eq!(
        (missing.total(), missing.of("age"), missing.of("name")),
        (2, Some(1), Some(0))
    );
    assert_eq!(missing.of("weight"), None);
    let text = missing.to_string();
    assert!(
        text.contains("in 4 rows") && text.contains("age          1  (25.0 %)"),
        "{text}"
    );
    assert!(!text.contains("smoker"), "{text}");
    let whole = people.drop_missing();
    assert_eq!(whole.texts("name").unwrap(), ["Ann", "Dee"]);
    assert_eq!(whole.missing().to_string(), "no missing values in 2 rows");
    // A column of text does not count.
    assert_eq!(table("t,n\n,1\n,2\n").drop_missing().len(), 2);
}

#[test]
fn missing_values_are_filled() {
    let t = table("n,c\n1,b\n2,a\n,\n9,a\n2,\n");
    let filled = |with: FillWith| t.fill("n", with).unwrap().numbers("n").unwrap()[2];
    assert_eq!(filled(FillWith::Mean), 3.5);
    assert_eq!(filled(FillWith::Median), 2.0);
    assert_eq!(filled(FillWith::Mode), 2.0);
    assert_eq!(filled(FillWith::Number(-1.0)), -1.0);
    let c = t.fill("c", FillWith::Mode).unwrap();
    assert_eq!(c.texts("c").unwrap(), ["b", "a", "a", "a", "a"]);
    let c = t.fill("c", FillWith::Level("unknown".into())).unwrap();
    assert_eq!(c.levels("c").unwrap(), ["a", "b", "unknown"]);
    assert_eq!(c.codes("c").unwrap(), [1, 0, 2, 0, 2]);
    assert_eq!(
        t.fill("c", FillWith::Level("b".into())).unwrap().codes("c").unwrap(),
        [1, 0, 1, 0, 1]
    );
    // Of several most frequent values, the smallest.
    assert_eq!(
        table("n\n3\n1\nNA\n")
            .fill("n", FillWith::Mode)
            .unwrap()
            .numbers("n")
            .unwrap()[2],
        1.0
    );
    refused(
        t.fill("c", FillWith::Mean),
        &["Mean", "\"c\"", "column of numbers", "category"],
    );
    refused(t.fill("n", FillWith::Level("x".into())), &["a category", "number"]);
    refused(t.fill("x", FillWith::Mean), &["one of n, c"]);
    refused(t.fill("n", FillWith::Number(f64::NAN)), &["finite"]);
    let empty = Csv::new().numbers(&["n"]).parse("t", b"n,m\n,1\n").unwrap();
    refused(empty.fill("n", FillWith::Mean), &["at least one value"]);
    refused(people_codes(), &["no missing values", "1 missing"]);
}

fn people_codes() -> gradus::Result<Vec<usize>> {
    table(PEOPLE).codes("region")
}

#[test]
fn parts_of_a_table() {
    let people = table(PEOPLE);
    assert_eq!(people.select(&["age", "name"]).unwrap().names(), ["age", "name"]);
    assert_eq!(people.without(&["name", "age"]).unwrap().names(), ["smoker", "region"]);
    assert_eq!(
        people.filter("age", |age| age > 30.0).unwrap().texts("name").unwrap(),
        ["Cid", "Dee"]
    );
    assert_eq!(people.only("smoker", "yes").unwrap().texts("name").unwrap(), ["Bob"]);
    assert_eq!(
        people.rows(&[3, 3, 0]).unwrap().texts("name").unwrap(),
        ["Dee", "Dee", "Ann"]
    );
    assert_eq!(
        (people.head(2).len(), people.head(9).len(), people.head(0).is_empty()),
        (2, 4, true)
    );
    // Levels and codes stay those of the whole.
    let south = people.only("region", "south").unwrap();
    assert_eq!(
        (south.levels("region").unwrap().len(), south.codes("region").unwrap()),
        (2, vec![1])
    );
    refused(people.select(&["weight"]), &["one of name, age"]);
    refused(people.without(&["weight"]), &["one of name, age"]);
    refused(people.only("smoker", "maybe"), &["one of no, yes"]);
    refused(people.filter("name", |_| true), &["kind number", "category"]);
    refused(people.rows(&[4]), &["below 4"]);
}

#[test]
fn columns_change_as_a_whole() {
    let people = table(PEOPLE);
    let older = people.map("age", |age| age + 1.0).unwrap();
    assert_eq!(older.numbers("age").unwrap()[0], 21.0);
    assert_eq!(older.missing().of("age"), Some(1));
    refused(
        people.map("age", |age| 1.0 / (age - 40.0)),
        &["\"age\"", "line 4", "inf"],
    );
    refused(people.map("smoker", |x| x), &["kind number"]);
    let bought = table("bought\n0\n1\n1\n").as_category("bought").unwrap();
    let named = bought.relabel("bought", &[("0", "no"), ("1", "yes")]).unwrap();
    assert_eq!(
        (named.levels("bought").unwrap(), named.codes("bought").unwrap()),
        (vec!["no".to_string(), "yes".into()], vec![0, 1, 1])
    );
    let turned = named.relabel("bought", &[("yes", "y"), ("no", "n")]).unwrap();
    assert_eq!(
        (
            turned.texts("bought").unwrap()[0].as_str(),
            turned.codes("bought").unwrap()
        ),
        ("n", vec![1, 0, 0])
    );
    refused(bought.relabel("bought", &[("0", "no")]), &["each of 0, 1 once"]);
    refused(
        bought.relabel("bought", &[("0", "no"), ("2", "yes")]),
        &["each of 0, 1 once", "0, 2"],
    );
}

#[test]
fn splits_are_disjoint_and_repeatable() {
    let lines: String = (0..100).map(|i| format!("{i},{}\n", i % 2)).collect();
    let all = table(&format!("id,b\n{lines}"));
    let (a, b) = all.split(0.8).unwrap();
    assert_eq!((a.len(), b.len()), (80, 20));
    let mut ids: Vec<f64> = [a.numbers("id").unwrap(), b.numbers("id").unwrap()].concat();
    assert_ne!(ids, (0..100).map(f64::from).collect::<Vec<_>>());
    ids.sort_by(f64::total_cmp);
    assert_eq!(ids, (0..100).map(f64::from).collect::<Vec<_>>());
    assert_eq!(all.split(0.8).unwrap().0.to_string(), a.to_string());
    assert_ne!(all.split_seeded(0.8, 1).unwrap().0.to_string(), a.to_string());
    refused(all.split(1.0), &["above 0 and below 1"]);
    refused(all.split(0.001), &["both sides"]);
}

#[test]
fn tables_show_themselves() {
    let shown = "name   age  smoker  region\n\
                 Ann     20  no      north\n\
                 Bob         yes     south\n\
                 Cid     40  no\n\
                 Dee   60.5  no      north\n\
                 test.csv: 4 rows, 4 columns";
    assert_eq!(table(PEOPLE).to_string(), shown);
    assert_eq!(format!("{:?}", table(PEOPLE)), "Table(test.csv: 4 rows, 4 columns)");
    let wide: Vec<String> = (0..31).map(|i| format!("c{i}")).collect();
    let row: Vec<String> = (0..31).map(|i| (f64::from(i) / 7.0).to_string()).collect();
    let text = table(&format!("{}\n{}\n", wide.join(","), row.join(","))).to_string();
    assert!(
        text.contains("c7") && text.contains("…") && text.contains("c30") && !text.contains("c8"),
        "{text}"
    );
    assert!(text.contains("0.1429"), "{text}");
    let long: String = (0..30).map(|i| format!("{i}\n")).collect();
    let text = table(&format!("n\n{long}")).to_string();
    assert!(
        text.contains("… and 20 more rows; test.csv: 30 rows, 1 columns"),
        "{text}"
    );
}

#[test]
fn summaries_hold_the_figures() {
    let text = table(PEOPLE).summary().to_string();
    let line = |name: &str| -> Vec<String> {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().map(str::to_string).collect()
    };
    assert!(text.starts_with("test.csv: 4 rows, 4 columns\ncolumn"), "{text}");
    assert_eq!(
        line("age"),
        ["age", "number", "1", "40.167", "16.534", "20", "40", "60.5"]
    );
    assert!(text.contains("2 levels, mostly no (75 %)"), "{text}");
    assert_eq!(
        line("name"),
        ["name", "category", "0", "4", "levels,", "mostly", "Ann", "(25", "%)"]
    );
}

#[test]
fn features_and_targets() {
    let t = table("age,smoker,region,charges\n20,no,a,1\n40,yes,b,2\n60,no,c,3\n");
    let set = t.dataset("charges").unwrap();
    assert_eq!(
        set.to_string(),
        "test.csv: 3 samples of shape [5], 1 target value(s) each"
    );
    assert_eq!(set.values(1).unwrap(), [40.0, 1.0, 0.0, 1.0, 0.0]);
    let encoding = Encoder::new("smoker").features(&["charges", "region"]).fit(&t).unwrap();
    assert_eq!(
        encoding.feature_names(),
        ["charges", "region=a", "region=b", "region=c"]
    );
    assert_eq!(encoding.class_names(), ["no", "yes"]);
    let set = encoding.apply(&t).unwrap();
    assert_eq!(
        (set.labels(), set.class_names()),
        (vec![0, 1, 0], &["no".to_string(), "yes".into()][..])
    );
    let ordered = Encoder::new("age")
        .features(&["region"])
        .ordinal("region", &["c", "a", "b"])
        .fit(&t)
        .unwrap();
    let set = ordered.apply(&t).unwrap();
    assert_eq!(
        (0..3).map(|i| set.values(i).unwrap()[0]).collect::<Vec<_>>(),
        [1.0, 2.0, 0.0]
    );
}

#[test]
fn an_encoder_measures_on_the_training_part_only() {
    let t = table("x,c,y\n1,a,0\n3,b,0\n,a,0\n100,b,0\n");
    let (train, test) = (t.head(3), t.rows(&[3, 2]).unwrap());
    let encoding = Encoder::new("y").standardize().fill_missing().fit(&train).unwrap();
    let normalization = encoding.normalization().unwrap();
    let std = (2.0_f32 / 3.0).sqrt();
    assert_eq!(
        (normalization.mean(), normalization.std()),
        (&[2.0, 0.0][..], &[std, 1.0][..])
    );
    let set = encoding.apply(&test).unwrap();
    assert_eq!(set.values(0).unwrap(), [98.0 / std, 1.0]);
    // Filled with the mean of the training part, which is 0 then.
    assert_eq!(set.values(1).unwrap(), [0.0, 0.0]);
}

#[test]
fn what_cannot_be_encoded_is_refused() {
    let t = table(PEOPLE).map("age", |x| x).unwrap();
    refused(
        Encoder::new("smoker").fit(&t),
        &["test.csv", "line 3, column 2 (age)", "drop_missing"],
    );
    let whole = t.drop_missing();
    refused(Encoder::new("weight").fit(&whole), &["one of name"]);
    refused(Encoder::new("age").features(&["weight"]).fit(&whole), &["one of name"]);
    refused(Encoder::new("age").features(&["age"]).fit(&whole), &["not the target"]);
    refused(
        Encoder::new("age").features(&["smoker", "smoker"]).fit(&whole),
        &["each column once"],
    );
    refused(Encoder::new("age").features(&[]).fit(&whole), &["at least one column"]);
    refused(Encoder::new("age").fit(&t.head(0)), &["at least one", "none"]);
    let text = Csv::new()
        .text(&["smoker", "name"])
        .parse("p", PEOPLE.as_bytes())
        .unwrap();
    refused(Encoder::new("smoker").fit(&text), &["target \"smoker\"", "text"]);
    refused(Encoder::new("age").features(&["name"]).fit(&text), &["column of text"]);
    refused(
        Encoder::new("age").ordinal("region", &["north"]).fit(&whole),
        &["order of \"region\"", "north, south once"],
    );
    refused(
        Encoder::new("age").ordinal("age", &["1"]).fit(&whole),
        &["kind category"],
    );
    // A missing target, in the table that the encoding is applied to.
    let encoding = Encoder::new("age").features(&["smoker"]).fit(&t).unwrap();
    refused(encoding.apply(&t), &["line 3, column 2 (age)", "target"]);
    let huge = table("a,b\n1,2\n1e39,3\n");
    refused(huge.dataset("b"), &["f32", "line 3, column 1 (a)"]);
}

#[test]
fn levels_that_training_did_not_see() {
    let t = table("c,y\na,1\nb,2\na,3\nz,4\n");
    let train = t.head(3);
    let encoding = Encoder::new("y").fit(&train).unwrap();
    // z is a level of the table, but no row of the training part has it.
    assert_eq!(encoding.feature_names(), ["c=b"]);
    refused(
        encoding.apply(&t),
        &["one of a, b in line 5, column 1 (c)", "\"z\"", "ignore_unknown"],
    );
    let lenient = Encoder::new("y").ignore_unknown().fit(&train).unwrap();
    assert_eq!(lenient.apply(&t).unwrap().values(3).unwrap(), [0.0]);
    let other = table("c,y\n1,2\n2,3\n");
    refused(encoding.apply(&other), &["\"c\"", "the kind that it had", "number"]);
    let classes = Encoder::new("c").fit(&table("c,y\na,1\nb,2\n")).unwrap();
    refused(classes.apply(&t), &["one of a, b", "line 5", "\"z\""]);
}

#[derive(Deserialize)]
struct Golden {
    csv: String,
    train: usize,
    features: Vec<Vec<f32>>,
}

#[test]
fn features_agree_with_scikit_learn() {
    let golden: Golden = load("data/tabular");
    let all = table(&golden.csv);
    let encoder = Encoder::new("target")
        .ordinal("size", &["S", "M", "L"])
        .standardize()
        .fill_missing();
    let set = encoder.fit(&all.head(golden.train)).unwrap().apply(&all).unwrap();
    assert_eq!(set.len(), golden.features.len());
    for (i, expected) in golden.features.iter().enumerate() {
        let got = set.values(i).unwrap();
        assert_eq!(got.len(), expected.len());
        for (g, e) in got.iter().zip(expected) {
            assert!(
                (g - e).abs() < 2e-6 * (1.0 + e.abs()),
                "row {i}: {got:?}, scikit-learn {expected:?}"
            );
        }
    }
}

/// A field as the RFC writes it.
fn quoted(field: &str) -> String {
    format!("\"{}\"", field.replace('"', "\"\""))
}

proptest! {
    #[test]
    fn what_was_written_is_read(
        fields in prop::collection::vec(prop::collection::vec("[ -~äß€\n]{0,12}", 3), 1..20),
        end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        bom in any::<bool>(),
    ) {
        let header = ["a", "b", "c"];
        let mut text = String::from(if bom { "\u{feff}" } else { "" });
        text += &header.map(quoted).join(",");
        for row in &fields {
            text += end;
            text += &row.iter().map(|field| quoted(field)).collect::<Vec<_>>().join(",");
        }
        let table = Csv::new().text(&header).missing(&[]).parse("t", text.as_bytes()).unwrap();
        for (i, name) in header.iter().enumerate() {
            let wanted: Vec<String> = fields.iter().map(|row| row[i].trim().to_string()).collect();
            prop_assert_eq!(table.texts(name).unwrap(), wanted);
        }
    }

    #[test]
    fn numbers_come_back_exactly(values in prop::collection::vec(prop::num::f64::NORMAL, 1..50)) {
        let lines: String = values.iter().map(|v| format!("{v},{v:e}\n")).collect();
        let table = table(&format!("plain,exponent\n{lines}"));
        prop_assert_eq!(&table.numbers("plain").unwrap(), &values);
        prop_assert_eq!(&table.numbers("exponent").unwrap(), &values);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Csv::new().parse("t", &bytes);
    }

    /// Bytes that look like CSV reach further into the parser. What it accepts has as many values in every column.
    #[test]
    fn no_text_makes_it_panic(text in "[a1.,;\"\n\r NANe-]{0,80}") {
        if let Ok(table) = Csv::new().parse("t", text.as_bytes()) {
            for name in table.names() {
                prop_assert_eq!(table.texts(&name).unwrap().len(), table.len());
            }
            let _ = (table.to_string(), table.summary().to_string(), table.missing().to_string());
            let target = table.names()[0].clone();
            let _ = Encoder::new(&target).fill_missing().standardize().fit(&table).and_then(|e| e.apply(&table));
        }
    }

    /// Where one field of a column of numbers is spoilt, the message names its line and column.
    #[test]
    fn a_spoilt_field_is_found(rows in 1_usize..40, columns in 1_usize..6, pick in any::<prop::sample::Index>(), empty_lines in 0_usize..3) {
        let spoilt = pick.index(rows * columns);
        let names: Vec<String> = (0..columns).map(|c| format!("c{c}")).collect();
        let mut text = names.join(",") + "\n" + &"\n".repeat(empty_lines);
        for row in 0..rows {
            let fields = (0..columns).map(|c| if row * columns + c == spoilt { "x7".to_string() } else { row.to_string() });
            text += &(fields.collect::<Vec<_>>().join(",") + "\n");
        }
        let columns_of_numbers: Vec<&str> = names.iter().map(String::as_str).collect();
        let message = Csv::new().numbers(&columns_of_numbers).parse("t", text.as_bytes()).unwrap_err().to_string();
        let place = format!("line {}, column {} (", 2 + empty_lines + spoilt / columns, spoilt % columns + 1);
        prop_assert!(message.contains(&place), "{}", message);
    }
}
