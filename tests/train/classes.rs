//! Sets whose class lists differ: the same number means two things, and every figure would be wrong.

use gradus::prelude::*;

type Net = (Linear<1, 4>, ReLU, Linear<4, 3>);

/// Six samples of the first classes of a list.
fn set(names: &[&str]) -> Dataset {
    let labels = (0..6).map(|i| i % names.len().min(2)).collect();
    Dataset::from_values(vec![0.5; 6], &[1], labels, names)
        .unwrap()
        .named("yard")
}

fn learner() -> gradus::Result<Learner> {
    let mut learner = Learner::classifier::<Net>(&device(0)?, Adam::default())?;
    learner.quiet();
    Ok(learner)
}

/// The message shows both lists.
#[track_caller]
fn refused<T>(result: gradus::Result<T>, names: &[&str]) {
    let text = result.map(drop).expect_err("other classes").to_string();
    for part in [
        r#"expected those of the training set in the same order, ["bird", "cat", "dog"], got "#,
        &format!("{names:?}"),
        "with_classes",
    ] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn sets_with_other_classes_are_refused() -> gradus::Result<()> {
    let train = set(&["bird", "cat", "dog"]);
    for names in [
        &["cat", "dog"][..],
        &["cat", "dog", "wolf"],
        &["dog", "cat", "bird"],
        &["bird", "cat"],
    ] {
        let (other, mut learner) = (set(names), learner()?);
        // Fresh weights mean nothing yet.
        learner.evaluate(&other)?;
        refused(learner.fit(&train, &other, 1), names);
        refused(learner.fit_one_cycle(&train, &other, 1, 0.1), names);
        learner.evaluate(&other)?;
        learner.fit(&train, &train, 1)?;
        for learner in [&learner, &learner.copy()?] {
            refused(learner.evaluate(&other), names);
            refused(learner.confusion(&other), names);
            let said = learner.predict(&other)?;
            assert_eq!(said.scores(0)?.len(), 3, "there are scores all the same");
            refused(said.accuracy(), names);
            refused(said.top_k_accuracy(1), names);
            refused(said.confusion(), names);
            refused(said.mistakes(), names);
            refused(said.confidence(), names);
            refused(said.one_vs_rest(0), names);
            refused(said.losses(), names);
            refused(said.loss(), names);
            refused(said.top_losses(1), names);
            learner.confusion(&train)?;
        }
        // To train on with other data is no mistake: from now on those are its classes.
        learner.fit(&other, &other, 1)?;
        learner.evaluate(&other)?;
        assert!(learner.evaluate(&train).is_err());
    }
    Ok(())
}

/// Sets with a class for every step are judged batch by batch, on a way of their own.
#[test]
fn tags_of_other_classes_are_refused() -> gradus::Result<()> {
    let tagged = |names: &[&str]| Dataset::tagged(&[[1_usize, 2, 3], [3, 2, 1]], &[[0_usize, 1, 0], [1, 0, 1]], names);
    let (train, names) = (tagged(&["bird", "cat", "dog"])?, ["cat", "dog", "wolf"]);
    let other = tagged(&names)?;
    let mut learner = Learner::classifier::<(PaddedEmbedding<4, 6>, Linear<6, 3>)>(&device(0)?, Adam::default())?;
    learner.quiet().fit(&train, &train, 1)?;
    learner.evaluate(&train)?;
    refused(learner.evaluate(&other), &names);
    refused(learner.fit(&train, &other, 1), &names);
    Ok(())
}

/// Sets without names of their own can be anything.
#[test]
fn sets_without_names_are_not_refused() -> gradus::Result<()> {
    let (train, counted) = (set(&["bird", "cat", "dog"]), set(&["class 0", "class 1", "class 2"]));
    let mut learner = learner()?;
    learner.fit(&train, &counted, 1)?;
    learner.evaluate(&counted)?;
    learner.fit(&counted, &train, 1)?;
    learner.confusion(&train)?;
    let values = Dataset::regression(vec![0.5; 4], &[1], vec![1.0; 4], 1)?;
    let mut regressor = Learner::regressor::<(Linear<1, 1>,)>(&device(0)?, Sgd::default())?;
    regressor.quiet().fit(&values, &values, 1)?;
    regressor.evaluate(&values)?;
    Ok(())
}

/// A file of weights says which classes they tell apart; the learner that reads it refuses others.
#[test]
fn weights_in_a_file_keep_their_classes() -> gradus::Result<()> {
    let (train, other) = (
        set(&["bird", "cat \"tom\"", "dog\n"]),
        set(&["cat \"tom\"", "dog\n", "wolf"]),
    );
    let folder = tempfile::tempdir().unwrap();
    let mut trained = learner()?;
    trained.add(Checkpoint::new(folder.path())).fit(&train, &train, 1)?;
    trained.save(folder.path().join("w.safetensors"))?;
    for file in ["w.safetensors", "best.safetensors", "last.safetensors"] {
        let mut reader = learner()?;
        reader.evaluate(&other)?;
        reader.load(folder.path().join(file))?;
        reader.evaluate(&train)?;
        let text = reader.evaluate(&other).unwrap_err().to_string();
        assert!(text.contains(&format!("{:?}", train.class_names())), "{text}");
    }
    Ok(())
}

/// Whose weights a file holds that says nothing, nobody knows.
#[test]
fn weights_from_elsewhere_have_no_classes() -> gradus::Result<()> {
    let (train, other) = (set(&["bird", "cat", "dog"]), set(&["cat", "dog", "wolf"]));
    let path = tempfile::tempdir().unwrap();
    let path = path.path().join("w.safetensors");
    let mut learner = learner()?;
    learner.save(&path)?;
    for load in [
        |learner: &mut Learner, path: &std::path::Path| learner.load(path),
        |learner: &mut Learner, _: &std::path::Path| learner.load_state_dict(&learner.state_dict()?),
    ] {
        learner.fit(&train, &train, 1)?;
        assert!(learner.evaluate(&other).is_err());
        load(&mut learner, &path)?;
        learner.evaluate(&other)?;
    }
    Ok(())
}

#[test]
fn long_lists_say_where_they_differ() -> gradus::Result<()> {
    let names: Vec<String> = (0..40).map(|i| format!("kind {i}")).collect();
    let list = |names: &[String]| set(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let mut swapped = names.clone();
    swapped.swap(30, 31);
    let mut learner = learner()?;
    let text = learner.fit(&list(&names), &list(&swapped), 1).unwrap_err().to_string();
    assert!(
        text.contains(r#"class 30 is "kind 31" in place of "kind 30""#),
        "{text}"
    );
    assert!(text.contains("… 40 in all") && text.len() < 900, "{text}");
    Ok(())
}

#[test]
fn two_tables_with_levels_of_their_own_are_refused() -> gradus::Result<()> {
    let table = |text: &str| -> gradus::Result<Dataset> {
        let table = data::Csv::new().parse("animals.csv", text.as_bytes())?;
        data::Encoder::new("animal").fit(&table)?.apply(&table)
    };
    let train = table("weight,animal\n1,bird\n4,cat\n9,dog\n2,bird\n5,cat\n8,dog\n")?;
    let test = table("weight,animal\n4,cat\n9,dog\n3,cat\n8,dog\n")?;
    let mut learner = learner()?;
    refused(learner.fit(&train, &test, 1), &["cat", "dog"]);
    learner.fit(&train, &test.with_classes(train.class_names())?, 1)?;
    Ok(())
}

#[test]
fn the_classes_of_one_set_can_be_made_those_of_another() -> gradus::Result<()> {
    let pets = set(&["cat", "dog"]);
    let moved = pets.with_classes(&["bird", "dog", "cat"])?;
    assert_eq!((moved.labels(), moved.len()), (vec![2, 1, 2, 1, 2, 1], 6));
    assert_eq!(moved.values(3)?, pets.values(3)?);
    let text = pets.with_classes(&["cat", "wolf"]).unwrap_err().to_string();
    assert!(
        text.contains(r#"some of ["cat", "wolf"], got samples of "dog""#),
        "{text}"
    );
    // Only the samples of this view are asked.
    let cats = pets.subset(&[0, 2])?.with_classes(&["wolf", "cat"])?;
    assert_eq!(cats.labels(), [1, 1]);
    assert!(pets.with_classes::<&str>(&[]).is_err());
    let values = Dataset::regression(vec![0.5; 4], &[1], vec![1.0; 4], 1)?;
    assert!(
        values
            .with_classes(&["cat"])
            .unwrap_err()
            .to_string()
            .contains("a regression")
    );
    Ok(())
}

/// `colour` of {red, blue, white} makes one feature for each; a second table with green in the place of blue makes three that
/// look the same and mean something else.
#[test]
fn one_hot_features_of_other_levels_are_refused() -> gradus::Result<()> {
    let encoded = |second: &str| -> gradus::Result<Dataset> {
        let text = format!("colour,size,kind\nred,1,a\n{second},2,b\nwhite,3,a\nred,4,b\n{second},5,a\nwhite,6,b\n");
        let table = data::Csv::new().parse("cars.csv", text.as_bytes())?;
        data::Encoder::new("kind").fit(&table)?.apply(&table)
    };
    let (train, other) = (encoded("blue")?, encoded("green")?);
    let mut learner = Learner::classifier::<(Linear<4, 2>,)>(&device(0)?, Adam::default())?;
    learner.quiet();
    let says = |text: String| {
        for word in ["features of", "blue", "green", "Encoding"] {
            assert!(text.contains(word), "no {word:?} in: {text}");
        }
    };
    says(learner.fit(&train, &other, 1).unwrap_err().to_string());
    learner.fit(&train, &train, 1)?;
    says(learner.evaluate(&other).unwrap_err().to_string());
    says(learner.confusion(&other).map(drop).unwrap_err().to_string());
    learner.evaluate(&train).map(drop)
}
