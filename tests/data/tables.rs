//! Tables as people have them: after public reports of what readers of CSV files stumble over. One table of input and answer for each kind.

use std::fmt::Debug;
use std::time::Instant;

use gradus::data::tabular::{Csv, Encoder, FillWith, Kind, Table};

fn parse(csv: &Csv, text: &str) -> gradus::Result<Table> {
    csv.parse("test.csv", text.as_bytes())
}

fn table(text: &str) -> Table {
    parse(&Csv::new(), text).expect(text)
}

/// A column of these values, between others, with `;` between the fields.
fn column(values: &[&str]) -> String {
    let rows: String = values.iter().map(|value| format!("a;{value};1\n")).collect();
    format!("c;x;n\n{rows}")
}

fn semicolons() -> Csv {
    Csv::new().delimiter(';')
}

#[track_caller]
fn refused<T: Debug>(result: gradus::Result<T>, parts: &[&str]) {
    let text = result.expect_err("it was accepted").to_string();
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in: {text}");
    }
}

#[test]
fn numbers_in_other_spellings_are_read_where_there_is_no_doubt() {
    let plain = semicolons();
    let decimal = || semicolons().decimal(',');
    let all: &[(&Csv, &[&str], &[f64])] = &[
        (&plain, &["1,5", "2", "-3,25"], &[1.5, 2.0, -3.25]),
        (&plain, &["1,234", "0,5"], &[1.234, 0.5]),
        (&plain, &["0,123", "0,456"], &[0.123, 0.456]),
        (&plain, &["1.234,5", "12.345.678,25"], &[1234.5, 12_345_678.25]),
        (&plain, &["1,5E+03", "2,5e-1"], &[1500.0, 0.25]),
        (&plain, &["1,234.50", "17", "2,000,000"], &[1234.5, 17.0, 2e6]),
        (&plain, &["$12.50", "-$3", "$1,250.75"], &[12.5, -3.0, 1250.75]),
        (&plain, &["12 %", "7.5 %", "100%"], &[12.0, 7.5, 100.0]),
        (&plain, &["1,50 €", "12,00 €"], &[1.5, 12.0]),
        (&plain, &["\u{2212}5", "5"], &[-5.0, 5.0]),
        (&decimal(), &["1,5", "1,234", "7"], &[1.5, 1.234, 7.0]),
        (&decimal().thousands('.'), &["1.234", "1.234,5"], &[1234.0, 1234.5]),
        (
            &decimal().thousands(' '),
            &["1 234,5", "1\u{a0}000", "2\u{202f}000"],
            &[1234.5, 1000.0, 2000.0],
        ),
        (&plain.clone().thousands(','), &["1,234", "999"], &[1234.0, 999.0]),
        (&plain.clone().thousands(','), &["1,00,000", "5"], &[100_000.0, 5.0]),
        (
            &plain.clone().thousands('\''),
            &["1'234.5", "2\u{2019}000"],
            &[1234.5, 2000.0],
        ),
        (
            &plain.clone().units(&["kg", "g"]),
            &["5 kg", "12g", "3"],
            &[5.0, 12.0, 3.0],
        ),
        (&plain.clone().units(&["$", "€"]), &["$5", "7 €"], &[5.0, 7.0]),
    ];
    for (csv, values, wanted) in all {
        let read = parse(csv, &column(values)).unwrap_or_else(|error| panic!("{values:?}: {error}"));
        assert_eq!(read.numbers("x").expect("numbers"), *wanted, "{values:?}");
    }
    // With commas between the fields, commas in a number stand in quotes.
    assert_eq!(
        table("x,y\n\"1,234,567\",1\n\"2,500\",2\n").numbers("x").unwrap(),
        [1_234_567.0, 2500.0]
    );
    // One column leaves no doubt about the others.
    let two = parse(&plain, "price;weight\n1,5;1,234\n2,5;2,345\n").unwrap();
    assert_eq!(two.numbers("weight").unwrap(), [1.234, 2.345]);
    let two = parse(
        &plain,
        "price;weight\n1,234.5;1,234\n2,5;2,345\n"
            .replace("2,5;", "2.5;")
            .as_str(),
    )
    .unwrap();
    assert_eq!(two.numbers("weight").unwrap(), [1234.0, 2345.0]);
}

#[test]
fn where_there_is_doubt_the_settings_are_named() {
    let plain = semicolons();
    let all: &[(&[&str], &[&str])] = &[
        (
            &["1,234", "2,345"],
            &[
                "one way only in line 2, column 2 (x)",
                "\"1,234\"",
                ".thousands(',')",
                ".decimal(',')",
            ],
        ),
        (&["999", "1,234"], &["line 3", "\"1,234\""]),
        (&["1 234", "2 345"], &["line 2", ".thousands(' ')"]),
        (&["1'234", "5"], &["line 2", r".thousands('\'')"]),
        (&["1.234.567", "5"], &["line 2", ".decimal(',').thousands('.')"]),
        (&["1 234,5", "5"], &["line 2", ".decimal(',').thousands(' ')"]),
        (&["$5", "€7"], &["line 2", ".units(&[\"$\"])"]),
        (&["$5", "7"], &["line 2", ".units(&[\"$\"])"]),
    ];
    for (values, parts) in all {
        refused(parse(&plain, &column(values)), parts);
        refused(parse(&plain.clone().numbers(&["x"]), &column(values)), &parts[..1]);
        // Whoever wants names gets them.
        for csv in [plain.clone().categories(&["x"]), plain.clone().text(&["x"])] {
            assert_eq!(
                parse(&csv, &column(values)).expect("names").texts("x").unwrap(),
                *values
            );
        }
    }
    // Points beside decimal commas.
    refused(
        parse(&plain, "x;y\n1.234;1,5\n2.345;2,5\n"),
        &["(x)", ".thousands('.')", ".numbers(&[\"x\"])"],
    );
    let points = parse(&plain.clone().numbers(&["x"]), "x;y\n1.234;1,5\n2.345;2,5\n").unwrap();
    assert_eq!(
        (points.numbers("x").unwrap(), points.numbers("y").unwrap()),
        (vec![1.234, 2.345], vec![1.5, 2.5])
    );
    assert_eq!(parse(&plain, "x;y\n1.25;1,5\n").unwrap().numbers("x").unwrap(), [1.25]);
    refused(
        parse(&plain.clone().decimal(','), &column(&["1.5", "2,5"])),
        &["line 2", ".decimal('.')"],
    );
    // In quotes between commas it is rather a list.
    refused(
        parse(&Csv::new(), "x,y\n\"1,2\",1\n\"2,3\",2\n"),
        &["line 2", ".decimal(',')", ".categories"],
    );
    refused(parse(&Csv::new().decimal('5'), "x\n1\n"), &["before decimals", "'5'"]);
    refused(
        parse(&Csv::new().decimal(',').thousands(','), "x\n1\n"),
        &["thousands", "another one"],
    );
    // What only looks a little like numbers stays what it was.
    for names in [
        ["3+", "2"],
        ["192.168.0.1", "10.0.0.2"],
        ["2024-01-02", "2024-02-03"],
        ["12:30", "13:45"],
        ["5 kg", "7 kg"],
        ["1-2", "3-4"],
    ] {
        assert_eq!(
            parse(&plain, &column(&names)).expect("names").kind("x").unwrap(),
            Kind::Category,
            "{names:?}"
        );
    }
}

#[test]
fn signs_for_missing_values_are_named_however_many_they_are() {
    for marker in [
        "N/A", "null", "NULL", "None", "?", "-", "--", "nan", "#DIV/0!", "unknown", "n.a.", ".",
    ] {
        let rows: String = (0..9)
            .map(|i| {
                if i % 3 == 0 {
                    format!("{marker},a\n")
                } else {
                    format!("{i},b\n")
                }
            })
            .collect();
        let text = format!("x,c\n{rows}");
        let setting = format!(".missing(&[\"\", \"NA\", \"{marker}\"])");
        refused(parse(&Csv::new(), &text), &["in line 2, column 1 (x)", &setting]);
        refused(
            parse(&Csv::new().numbers(&["x"]), &text),
            &["in line 2, column 1 (x)", &setting],
        );
        let read = parse(&Csv::new().missing(&["", "NA", marker]), &text).expect(marker);
        assert_eq!(
            (read.kind("x").unwrap(), read.missing().of("x")),
            (Kind::Number, Some(3))
        );
        // As one name among others it is a name.
        assert_eq!(
            table(&format!("x,n\n{marker},1\nred,2\nred,3\n")).kind("x").unwrap(),
            Kind::Category
        );
    }
    refused(
        parse(&Csv::new(), "x,c\n1,a\n?,a\n-,a\n2,a\n"),
        &[".missing(&[\"\", \"NA\", \"?\", \"-\"])"],
    );
}

#[test]
fn files_as_programs_write_them() {
    let plain = table("a,b\n1,2\n3,4\n").to_string();
    for text in [
        "a,b,\n1,2,\n3,4,\n",
        "a,b\n1,2,\n3,4,\n",
        "a,b\n1,2,,,\n3,4\n",
        "a,b,,\n1,2,,\n3,4,,\n",
        "sep=,\na,b\n1,2\n3,4\n",
        "\u{feff}sep=;\r\na;b\r\n1;2\r\n3;4\r\n",
        "\"sep=;\"\na;b\n1;2\n3;4\n",
        "SEP=\t\na\tb\n1\t2\n3\t4\n",
    ] {
        assert_eq!(parse(&Csv::new(), text).expect(text).to_string(), plain, "{text:?}");
    }
    // A line of a message counts from the beginning of the file.
    refused(parse(&Csv::new(), "sep=;\na;b\n1;2\n3\n"), &["line 4"]);
    refused(parse(&Csv::new(), "sep=;\na;b\n1;\"2\n"), &["line 3, column 2"]);
    let skipped = parse(
        &Csv::new().skip_lines(2),
        "A title, with commas\r\n\r\na,b\r\n1,2\r\n3,4\r\n",
    )
    .unwrap();
    assert_eq!(skipped.to_string(), plain);
    refused(parse(&Csv::new().skip_lines(2), "t\n\na,b\n1\n"), &["line 4"]);
    refused(parse(&Csv::new().skip_lines(9), "a,b\n1\n"), &["an empty file"]);
    // The index of pandas is kept and makes no feature, unless it was said to.
    let indexed = table(",a,b\n0,1,2\n1,3,4\n");
    assert_eq!(indexed.names(), ["index", "a", "b"]);
    assert_eq!(
        (indexed.kind("index").unwrap(), indexed.texts("index").unwrap()),
        (Kind::Text, vec!["0".into(), "1".into()])
    );
    assert_eq!(Encoder::new("b").fit(&indexed).unwrap().feature_names(), ["a"]);
    assert!(Encoder::new("b").fit(&indexed).unwrap().left_out().is_empty());
    assert_eq!(
        parse(&Csv::new().numbers(&["index"]), ",a\n0,1\n")
            .unwrap()
            .kind("index")
            .unwrap(),
        Kind::Number
    );
    assert_eq!(table(",index\n0,1\n").names(), ["Unnamed: 0", "index"]);
}

/// Whoever does what a hint says must not meet the next error.
#[test]
fn hints_about_headers_and_delimiters_hold() {
    let named = |text: &str, names: &[&str]| parse(&Csv::new().skip_lines(1).header(names), text).expect(text);
    for (text, parts, names) in [
        (
            "a,,c\n1,2,3\n",
            &["column 2", "nothing", ".skip_lines(1).header"][..],
            &["a", "b", "c"][..],
        ),
        ("a,a\n1,2\n", &["\"a\" twice", ".skip_lines(1).header"], &["a", "b"]),
        (
            "a,b\nx,1,2\ny,3,4\n",
            &["2 fields in line 2", "one field more", ".skip_lines(1).header"],
            &["row", "a", "b"],
        ),
    ] {
        refused(parse(&Csv::new(), text), parts);
        assert_eq!(named(text, names).names(), names);
    }
    refused(parse(&Csv::new(), "sep=,\na,\n1,2\n"), &[".skip_lines(2).header"]);
    refused(
        parse(&Csv::new().header(&["a", "a"]), "1,2\n"),
        &["twice", "Csv::header"],
    );
    for (text, setting) in [
        ("a;b\n1,5;2\n", ".delimiter(';')"),
        ("a\tb\n1\t2\n", r".delimiter('\t')"),
        ("a|b\n1|2\n", ".delimiter('|')"),
    ] {
        refused(parse(&Csv::new(), text), &["one field", "line 1", setting]);
    }
    let one = parse(&Csv::new().delimiter(','), "words; remarks\nx; y\n").unwrap();
    assert_eq!(one.names(), ["words; remarks"]);
    refused(
        parse(&semicolons(), "5,1;3,5\n4,9;3,0\n"),
        &["the number 5,1 in line 1", ".header"],
    );
}

#[test]
fn numbers_keep_their_digits_as_texts_and_levels() {
    let all: &[(&[&str], &[&str])] = &[
        (&["4006381333931", "4006381333948"], &["4006381333931", "4006381333948"]),
        (&["1700000000123", "1700000000124"], &["1700000000123", "1700000000124"]),
        (&["1234567.89012", "1234567.89013"], &["1234567.89012", "1234567.89013"]),
        (
            &["9007199254740991", "9007199254740990"],
            &["9007199254740990", "9007199254740991"],
        ),
        (&["0", "-0", "0.0"], &["0"]),
        (&["1", "1.0", "1.50", "1.5"], &["1", "1.5"]),
        (&["10", "9", "-2", "1.5", "-10"], &["-10", "-2", "1.5", "9", "10"]),
        (&["0.1", "0.10000000000000002"], &["0.1", "0.10000000000000002"]),
    ];
    for (values, levels) in all {
        let text = column(values);
        let numbers = parse(&semicolons(), &text).unwrap();
        assert_eq!(
            numbers.as_category("x").unwrap().levels("x").unwrap(),
            *levels,
            "{values:?}"
        );
        let said = parse(&semicolons().categories(&["x"]), &text).unwrap();
        assert_eq!(said.levels("x").unwrap(), *levels, "{values:?}");
        assert_eq!(
            said.codes("x").unwrap(),
            numbers.as_category("x").unwrap().codes("x").unwrap()
        );
    }
    let ean = table("x,n\n4006381333931,1\n4006381333948,2\n");
    assert_eq!(ean.texts("x").unwrap(), ["4006381333931", "4006381333948"]);
    let far = table("x,n\n1e300,1\n-1e-300,2\n").as_category("x").unwrap();
    assert_eq!(far.levels("x").unwrap(), ["-1e-300", "1e300"]);
    // Numbers with zeros in front are codes.
    let codes = parse(&Csv::new().categories(&["x"]), "x,n\n01,1\n1,2\n").unwrap();
    assert_eq!(codes.levels("x").unwrap(), ["01", "1"]);
    for (values, want) in [
        (["01067", "80331", "01067"], Some(["01067", "80331"])),
        (["007", "123", "007"], Some(["007", "123"])),
        // Not all of one length, or hours and months: numbers.
        (["01067", "8033", "10115"], None),
        (["07", "11", "09"], None),
        (["000.5", "001.5", "002.5"], None),
        (["100", "200", "300"], None),
    ] {
        let guessed = parse(&semicolons(), &column(&values)).unwrap();
        match want {
            Some(levels) => assert_eq!(guessed.levels("x").unwrap(), levels, "{values:?}"),
            None => assert!(guessed.numbers("x").is_ok(), "{values:?}"),
        }
    }
    let said = parse(&semicolons().numbers(&["x"]), &column(&["007", "123", "007"])).unwrap();
    assert_eq!(said.numbers("x").unwrap()[0], 7.0);
    let filled = ean.as_category("x").unwrap().fill("x", FillWith::Mode).unwrap();
    assert_eq!(filled.levels("x").unwrap().len(), 2);
}

#[test]
fn whole_numbers_that_would_change_are_refused() {
    for odd in [
        "9007199254740993",
        "-9007199254740993",
        "1234567890123456789",
        "12345678901234567890",
    ] {
        let text = format!("id,y\n1,1\n{odd},2\n");
        refused(
            parse(&Csv::new(), &text),
            &["line 3, column 1 (id)", odd, ".text(&[\"id\"])", ".numbers(&[\"id\"])"],
        );
        assert_eq!(
            parse(&Csv::new().text(&["id"]), &text).unwrap().texts("id").unwrap()[1],
            odd
        );
        assert_eq!(
            parse(&Csv::new().categories(&["id"]), &text)
                .unwrap()
                .texts("id")
                .unwrap()[1],
            odd
        );
        let rounded: f64 = odd.parse().unwrap();
        assert_eq!(
            parse(&Csv::new().numbers(&["id"]), &text)
                .unwrap()
                .numbers("id")
                .unwrap()[1],
            rounded
        );
    }
    for fine in [
        "9007199254740992",
        "100000000000000000000",
        "0.12345678901234567890",
        "1e25",
    ] {
        assert_eq!(
            table(&format!("x\n1\n{fine}\n")).kind("x").unwrap(),
            Kind::Number,
            "{fine}"
        );
    }
}

#[test]
fn levels_have_the_order_of_their_numbers() {
    let all: &[(&[&str], &[&str])] = &[
        (&["week 10", "week 2", "week 1"], &["week 1", "week 2", "week 10"]),
        (&["18-25", "5-17", "<5", "100+"], &["5-17", "18-25", "100+", "<5"]),
        (&["b", "a", "B", "ä"], &["B", "a", "b", "ä"]),
        (&["no", "yes", "10"], &["10", "no", "yes"]),
        (&["a2", "a02", "a"], &["a", "a02", "a2"]),
    ];
    for (values, levels) in all {
        let read = parse(&semicolons().categories(&["x"]), &column(values)).unwrap();
        assert_eq!(read.levels("x").unwrap(), *levels);
    }
}

#[test]
fn large_numbers_are_standardized_before_they_are_rounded() {
    let all: &[(&[&str], &[f32])] = &[
        (
            &["1700000000", "1700000030", "1700000060", "1700000090"],
            &[-1.341_640_8, -0.447_213_6, 0.447_213_6, 1.341_640_8],
        ),
        (&["1700000000001", "1700000000003"], &[-1.0, 1.0]),
        (&["1e-50", "3e-50"], &[-1.0, 1.0]),
        (&["1e39", "3e39"], &[-1.0, 1.0]),
        (&["1e308", "-1e308"], &[1.0, -1.0]),
        (&["1700000000", "1700000000"], &[0.0, 0.0]),
        (&["48.123456", "48.123458"], &[-1.0, 1.0]),
        (&["1", "3"], &[-1.0, 1.0]),
    ];
    for (values, wanted) in all {
        let t = parse(&semicolons().categories(&["c"]), &column(values)).unwrap();
        let encoding = Encoder::new("n")
            .standardize()
            .fit(&t)
            .unwrap_or_else(|error| panic!("{values:?}: {error}"));
        let set = encoding.apply(&t).unwrap();
        for (i, wanted) in wanted.iter().enumerate() {
            let got = set.values(i).unwrap()[0];
            assert!((got - wanted).abs() < 1e-5, "{values:?}: {got} for {wanted}");
        }
    }
    // The same shift and scale for other rows, and for what is filled in.
    let t = table("t,y\n1700000000,1\n1700000060,2\n,3\n1700000120,4\n");
    let encoding = Encoder::new("y").standardize().fill_missing().fit(&t.head(3)).unwrap();
    let set = encoding.apply(&t).unwrap();
    let third = 1.5_f32.sqrt();
    for (i, wanted) in [-third, third, 0.0, 3.0 * third].into_iter().enumerate() {
        assert!(
            (set.values(i).unwrap()[0] - wanted).abs() < 1e-5,
            "row {i}: {:?}",
            set.values(i)
        );
    }
    // Ordinary numbers are as they were: the set holds them and standardizes them later.
    let ordinary = Encoder::new("y").standardize().fit(&table("x,y\n1,1\n3,2\n")).unwrap();
    assert_eq!(ordinary.normalization().unwrap().mean(), [2.0]);
}

#[test]
fn numbers_that_would_become_one_are_refused() {
    let times = "t,y\n1700000000,1\n1700000030,2\n1700000060,1\n";
    refused(
        table(times).dataset("y"),
        &[
            "tell apart in column 1 (t)",
            "1700000030 in line 3, which becomes 1700000000",
            "standardize",
            "Table::map",
        ],
    );
    refused(Encoder::new("t").fit(&table(times)), &["column 1 (t)", "Table::map"]);
    refused(table("t,y\n1e-50,1\n3e-50,2\n").dataset("y"), &["column 1 (t)"]);
    refused(
        table("y,t\n1,1\n2,1e39\n").dataset("t"),
        &["f32", "line 3, column 2 (t)"],
    );
    // Spread widely, or whole and small enough, nothing is lost.
    for fine in [
        "t,y\n1000000000,1\n1700000030,2\n",
        "t,y\n16777215,1\n16777216,2\n",
        "t,y\n0.123456789,1\n0.2,2\n",
        "t,y\n1700000030,1\n1700000030,2\n",
    ] {
        assert!(table(fine).dataset("y").is_ok(), "{fine}");
    }
}

#[test]
fn tables_with_other_levels_are_refused_with_both_lists() {
    let train = table("colour,y\nred,1\nblue,2\nred,3\n");
    let test = table("colour,y\nred,1\ngreen,2\nred,3\n").named("test");
    let encoding = Encoder::new("y").fit(&train).unwrap();
    refused(
        encoding.apply(&test),
        &[
            "one of blue, red in line 3, column 1 (colour)",
            "\"green\", of green, red in test",
            "ignore_unknown",
        ],
    );
    let classes = Encoder::new("colour").fit(&train).unwrap();
    refused(
        classes.apply(&test),
        &["one of blue, red", "of green, red in test", "relabel"],
    );
    let ordered = Encoder::new("y")
        .ordinal("colour", &["red", "blue"])
        .ignore_unknown()
        .fit(&train)
        .unwrap();
    refused(ordered.apply(&test), &["one of red, blue", "of green, red"]);
    // Fewer levels are no matter, in any order.
    let fewer = table("colour,y\nred,1\nred,2\n");
    assert_eq!(classes.apply(&fewer).unwrap().labels(), [1, 1]);
    assert_eq!(classes.apply(&fewer).unwrap().class_names(), ["blue", "red"]);
    // A set knows its classes, so that sets of two tables can be told apart.
    let of = |levels: [&str; 3]| {
        let rows: String = levels.iter().map(|level| format!("{level},1\n")).collect();
        table(&format!("pet,n\n{rows}")).dataset("pet").unwrap()
    };
    assert_eq!(of(["cat", "dog", "bird"]).class_names(), ["bird", "cat", "dog"]);
    assert_eq!(of(["cat", "dog", "cat"]).class_names(), ["cat", "dog"]);
}

#[test]
fn what_is_left_out_is_named() {
    let rows: String = (0..600).map(|i| format!("city {},{i},x,\n", i % 60)).collect();
    let t = table(&format!("city,y,one,none\n{rows}"));
    assert_eq!(t.kind("city").unwrap(), Kind::Text);
    refused(t.dataset("y"), &["features", "at least one", "only city, y, one, none"]);
    let t = table(
        &format!("city,y,one,none\n{rows}")
            .replace(",x,", ",x,1")
            .replace("none", "n"),
    );
    let encoding = Encoder::new("y").fit(&t).unwrap();
    assert_eq!(
        encoding.left_out(),
        ["city (text, 60 different values)", "one (a category with one level)"]
    );
    assert_eq!(encoding.feature_names(), ["n"]);
    // What was said to be text, or became a category, is not.
    let said = parse(&Csv::new().text(&["city", "one"]), "city,y,one,n\na,1,x,1\nb,2,x,2\n").unwrap();
    assert!(Encoder::new("y").fit(&said).unwrap().left_out().is_empty());
    let cities = Encoder::new("y").fit(&t.as_category("city").unwrap()).unwrap();
    assert_eq!((cities.feature_names().len(), cities.left_out().len()), (61, 1));
    assert_eq!(cities.feature_names()[9], "city=city 9");
}

/// Twice the columns took four times as long, these some minutes. They take a second now; the bound is for busy machines.
#[test]
fn many_columns_take_no_time_of_their_own() {
    let wide = |n: usize| {
        let names: Vec<String> = (0..n).map(|i| format!("column {i}")).collect();
        let row: Vec<String> = (0..n).map(|i| i.to_string()).collect();
        let row = row.join(",");
        format!("{}\n{row}\n{row}\n", names.join(","))
    };
    let text = wide(80_000);
    let names: Vec<String> = (0..80_000).map(|i| format!("column {i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let start = Instant::now();
    let t = parse(&Csv::new().numbers(&names), &text).unwrap();
    let set = t.dataset("column 0").unwrap();
    assert_eq!(set.sample_len(), 79_999);
    let some = Encoder::new("column 0")
        .features(&names[1..])
        .standardize()
        .fit(&t)
        .unwrap();
    assert_eq!(some.feature_names().len(), 79_999);
    let chosen = t.select(&names).unwrap().without(&names[1..]).unwrap();
    assert_eq!(chosen.names(), ["column 0"]);
    let seconds = start.elapsed().as_secs_f64();
    assert!(seconds < 40.0, "{seconds} s");
}
