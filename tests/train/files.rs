//! Weights in files: what goes out comes back, what does not fit is refused by name, and nothing is lost on the way.

use std::path::{Path, PathBuf};

use gradus::prelude::*;

use crate::support::{Stored, write_tensors};

/// With running statistics, which are saved although they are not trained.
type Net = (Conv2D<1, 2, 3>, BatchNorm2D<2>, ReLU, Flatten<8>, Linear<8, 2>);

/// A folder with `net.safetensors` in it, the learner that wrote it, and data for both.
struct Scene {
    folder: tempfile::TempDir,
    learner: Learner,
    data: Dataset,
}

impl Scene {
    fn new() -> gradus::Result<Self> {
        let pixels = (0..12 * 16).map(|i| (i * 91 % 256) as u8).collect();
        let data = Dataset::from_pixels(pixels, [1, 4, 4], (0..12).map(|i| i % 2).collect(), &["a", "b"])?;
        let mut learner = fresh(1)?;
        learner.fit(&data, &data, 2)?;
        let folder = tempfile::tempdir().expect("folder");
        learner.save(folder.path().join("net.safetensors"))?;
        Ok(Self { folder, learner, data })
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("net.safetensors")
    }

    fn bytes(&self) -> Vec<u8> {
        std::fs::read(self.path()).expect("the saved file")
    }

    /// The tensors of the saved file, in its order.
    fn stored(&self) -> Vec<Stored> {
        let bytes = self.bytes();
        let file = safetensors::SafeTensors::deserialize(&bytes).expect("safetensors");
        let stored = file.tensors().into_iter().map(|(name, view)| {
            let numbers = view.data().chunks_exact(4);
            let numbers = numbers.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
            Stored(name, view.shape().to_vec(), numbers.collect())
        });
        stored.collect()
    }

    /// Loads `path` into `learner`, which must refuse it, name the file and stay as it is. Returns the message.
    #[track_caller]
    fn refused(&self, learner: &mut Learner, path: &Path) -> String {
        let before = scores(learner, &self.data);
        let error = learner.load(path).expect_err("a file that does not fit").to_string();
        assert_eq!(
            scores(learner, &self.data),
            before,
            "the network changed, although: {error}"
        );
        let start = format!("{}: ", path.display());
        assert!(error.starts_with(&start), "{error}");
        error[start.len()..].to_string()
    }

    /// As `refused`, for a file of these tensors.
    #[track_caller]
    fn refused_tensors(&self, tensors: &[Stored]) -> String {
        let path = self.folder.path().join("other.safetensors");
        write_tensors(&path, tensors);
        self.refused(&mut fresh(2).expect("a learner"), &path)
    }
}

fn fresh(seed: u64) -> gradus::Result<Learner> {
    let mut learner = Learner::classifier::<Net>(&device(seed)?, Adam::default())?;
    learner.quiet();
    Ok(learner)
}

fn scores(learner: &Learner, data: &Dataset) -> Vec<u32> {
    let predictions = learner.predict(data).expect("predictions");
    let rows = (0..data.len()).flat_map(|i| predictions.scores(i).expect("a row").to_vec());
    rows.map(f32::to_bits).collect()
}

const HINT: &str = "Load a file that `save` wrote for the same network type";

#[test]
fn a_round_trip_keeps_every_bit() -> gradus::Result<()> {
    let scene = Scene::new()?;
    let mut other = fresh(2)?;
    assert_ne!(scores(&other, &scene.data), scores(&scene.learner, &scene.data));
    other.load(scene.path())?;
    assert_eq!(scores(&other, &scene.data), scores(&scene.learner, &scene.data));
    let again = scene.folder.path().join("again.safetensors");
    other.save(&again)?;
    assert_eq!(std::fs::read(again).expect("the file"), scene.bytes());
    let names: Vec<String> = scene.stored().into_iter().map(|t| t.0).collect();
    for name in [
        "0.weight",
        "0.bias",
        "1.weight",
        "1.bias",
        "1.running_mean",
        "1.running_var",
        "4.weight",
        "4.bias",
    ] {
        assert!(names.iter().any(|n| n == name), "{name} is not among {names:?}");
    }
    Ok(())
}

#[test]
fn a_file_that_ends_anywhere_is_refused() -> gradus::Result<()> {
    let scene = Scene::new()?;
    let (whole, path) = (scene.bytes(), scene.folder.path().join("cut.safetensors"));
    let mut learner = fresh(2)?;
    for len in 0..whole.len() {
        std::fs::write(&path, &whole[..len]).expect("write");
        let error = scene.refused(&mut learner, &path);
        assert!(
            error.starts_with("expected a complete safetensors file, got "),
            "{len} bytes: {error}"
        );
        assert!(
            error.ends_with(&format!("({len} bytes). {HINT}")),
            "{len} bytes: {error}"
        );
    }
    std::fs::write(&path, [&whole[..], &[0]].concat()).expect("write");
    scene.refused(&mut learner, &path);
    Ok(())
}

/// PyTorch's own function writes this setting into every file of weights.
#[test]
fn weights_that_pytorch_wrote_are_no_checkpoint() -> gradus::Result<()> {
    let scene = Scene::new()?;
    let (bytes, path) = (scene.bytes(), scene.folder.path().join("pt.safetensors"));
    let start = 8 + u64::from_le_bytes(bytes[..8].try_into().expect("8 bytes")) as usize;
    let header = String::from_utf8(bytes[8..start].to_vec()).expect("UTF-8");
    let header = header.replacen(r#""__metadata__":{"#, r#""__metadata__":{"format":"pt","#, 1);
    let length = (header.len() as u64).to_le_bytes();
    std::fs::write(&path, [&length[..], header.as_bytes(), &bytes[start..]].concat()).expect("write");
    fresh(2)?.load(&path)
}

#[test]
fn every_flipped_bit_of_the_header_is_noticed() -> gradus::Result<()> {
    let scene = Scene::new()?;
    let (mut bytes, path) = (scene.bytes(), scene.folder.path().join("flipped.safetensors"));
    let header = 8 + u64::from_le_bytes(bytes[..8].try_into().expect("8 bytes")) as usize;
    let mut learner = fresh(2)?;
    for at in 0..header {
        for mask in (0..8).map(|bit| 1 << bit).chain([0xFF]) {
            bytes[at] ^= mask;
            std::fs::write(&path, &bytes).expect("write");
            scene.refused(&mut learner, &path);
            bytes[at] ^= mask;
        }
    }
    std::fs::write(&path, &bytes).expect("write");
    learner.load(&path)
}

#[test]
fn a_number_that_is_none_is_refused_by_the_name_of_its_tensor() -> gradus::Result<()> {
    let scene = Scene::new()?;
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        for i in 0..scene.stored().len() {
            let mut tensors = scene.stored();
            *tensors[i].2.last_mut().expect("numbers") = value;
            let expected = format!(
                "expected finite numbers in tensor `{}`, got {value}. {HINT}",
                tensors[i].0
            );
            assert_eq!(scene.refused_tensors(&tensors), expected);
        }
    }
    Ok(())
}

#[test]
fn a_missing_tensor_is_named() -> gradus::Result<()> {
    let scene = Scene::new()?;
    for i in 0..scene.stored().len() {
        let mut tensors = scene.stored();
        let Stored(name, shape, _) = tensors.remove(i);
        let expected = format!("expected tensor `{name}` of shape {shape:?}, got none of that name. {HINT}");
        assert_eq!(scene.refused_tensors(&tensors), expected);
    }
    let first = scene.refused_tensors(&[]);
    assert!(
        first.starts_with("expected tensor `0.weight` of shape [2, 1, 3, 3]"),
        "{first}"
    );
    Ok(())
}

#[test]
fn a_surplus_tensor_is_named() -> gradus::Result<()> {
    let scene = Scene::new()?;
    let mut tensors = scene.stored();
    tensors.push(Stored("5.weight".into(), vec![2, 2], vec![1.0; 4]));
    let expected = format!("expected only tensors of this network, got tensor `5.weight` too. {HINT}");
    assert_eq!(scene.refused_tensors(&tensors), expected);
    Ok(())
}

#[test]
fn a_tensor_of_another_shape_is_named() -> gradus::Result<()> {
    let scene = Scene::new()?;
    for (name, shape) in [
        ("4.weight", vec![8, 2]),
        ("4.weight", vec![16]),
        ("0.bias", vec![3]),
        ("1.weight", vec![0]),
    ] {
        let mut tensors = scene.stored();
        let tensor = tensors.iter_mut().find(|t| t.0 == name).expect(name);
        let old = std::mem::replace(&mut tensor.1, shape.clone());
        tensor.2 = vec![0.5; shape.iter().product()];
        let expected = format!("expected tensor `{name}` of shape {old:?}, got F32 of shape {shape:?}. {HINT}");
        assert_eq!(scene.refused_tensors(&tensors), expected);
    }
    Ok(())
}

#[test]
fn a_tensor_of_other_numbers_is_named() -> gradus::Result<()> {
    let scene = Scene::new()?;
    let text = scene.bytes();
    let at = text.windows(5).position(|w| w == b"\"F32\"").expect("a number type");
    let path = scene.folder.path().join("integers.safetensors");
    // As many bytes as before, so that the file is well-formed.
    let bytes = [&text[..at], b"\"I32\"", &text[at + 5..]].concat();
    std::fs::write(&path, bytes).expect("write");
    let error = scene.refused(&mut fresh(2)?, &path);
    assert!(error.contains("got I32 of shape"), "{error}");
    Ok(())
}

#[test]
fn a_file_of_another_network_is_refused() -> gradus::Result<()> {
    let scene = Scene::new()?;
    let path = scene.folder.path().join("mlp.safetensors");
    Learner::classifier::<(Linear<16, 4>, ReLU, Linear<4, 2>)>(&device(0)?, Adam::default())?.save(&path)?;
    let error = scene.refused(&mut fresh(2)?, &path);
    assert!(
        error.starts_with("expected tensor `0.weight` of shape [2, 1, 3, 3], got F32 of shape [4, 16]"),
        "{error}"
    );
    Ok(())
}

#[test]
fn a_file_that_cannot_be_read_is_named() -> gradus::Result<()> {
    let scene = Scene::new()?;
    let mut learner = fresh(2)?;
    for path in [
        scene.folder.path().join("nowhere.safetensors"),
        scene.folder.path().to_path_buf(),
    ] {
        scene.refused(&mut learner, &path);
        assert!(matches!(learner.load(&path), Err(Error::Io { .. })));
    }
    Ok(())
}

/// What `save` says where it cannot write to `path`; nothing may be left there.
#[track_caller]
fn cannot_save(learner: &Learner, path: &Path) -> String {
    let error = learner.save(path).expect_err("a place where nothing can be written");
    assert!(
        matches!(&error, Error::Io { path: named, .. } if named == path),
        "{error:?}"
    );
    error.to_string()
}

#[test]
fn a_place_where_nothing_can_be_written_is_named() -> gradus::Result<()> {
    let scene = Scene::new()?;
    let folder = scene.folder.path();
    cannot_save(&scene.learner, &folder.join("no such folder/net.safetensors"));
    // A file is no folder.
    cannot_save(&scene.learner, &scene.path().join("net.safetensors"));
    let taken = folder.join("taken");
    std::fs::create_dir(&taken).expect("folder");
    cannot_save(&scene.learner, &taken);
    assert!(taken.is_dir());
    let left: Vec<_> = std::fs::read_dir(folder)
        .expect("folder")
        .map(|e| e.expect("entry").file_name())
        .collect();
    assert_eq!(left.len(), 2, "{left:?}");
    Ok(())
}

#[test]
fn an_older_file_survives_a_save_that_cannot_begin() -> gradus::Result<()> {
    let scene = Scene::new()?;
    let before = scene.bytes();
    std::fs::create_dir(scene.folder.path().join("net.safetensors.part")).expect("folder");
    cannot_save(&fresh(2)?, &scene.path());
    assert_eq!(scene.bytes(), before);
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn an_older_file_survives_a_full_disk() -> gradus::Result<()> {
    let scene = Scene::new()?;
    let before = scene.bytes();
    let part = scene.folder.path().join("net.safetensors.part");
    std::os::unix::fs::symlink("/dev/full", &part).expect("link");
    let error = cannot_save(&fresh(2)?, &scene.path());
    assert!(error.contains("No space left on device"), "{error}");
    assert_eq!(scene.bytes(), before);
    assert!(part.symlink_metadata().is_err(), "the remains were not removed");
    Ok(())
}

#[test]
fn a_newer_file_replaces_an_older_one() -> gradus::Result<()> {
    let scene = Scene::new()?;
    let (before, other) = (scene.bytes(), fresh(2)?);
    other.save(scene.path())?;
    assert_ne!(scene.bytes(), before);
    let mut third = fresh(3)?;
    third.load(scene.path())?;
    assert_eq!(scores(&third, &scene.data), scores(&other, &scene.data));
    Ok(())
}

#[test]
fn weights_that_ran_away_do_not_replace_an_older_file() -> gradus::Result<()> {
    let (folder, data) = (
        tempfile::tempdir().expect("folder"),
        Dataset::regression(vec![1.0], &[1], vec![99.0], 1)?,
    );
    let path = folder.path().join("line.safetensors");
    let mut learner = Learner::regressor::<(Linear<1, 1>,)>(&device(0)?, Sgd::default())?;
    learner.quiet().save(&path)?;
    let before = std::fs::read(&path).expect("the saved file");
    // One step beyond the greatest f32.
    learner
        .fit_one_cycle(&data, &data, 4, f32::MAX)
        .expect_err("a run that diverges");
    let error = learner
        .save(&path)
        .expect_err("weights that are not finite")
        .to_string();
    assert_eq!(
        error,
        format!(
            "a number in tensor `0.weight` is inf. Nothing was written to {}",
            path.display()
        )
    );
    assert_eq!(std::fs::read(&path).expect("the older file"), before);
    learner.load(&path)?;
    learner.fit_one_cycle(&data, &data, 1, 0.01)?;
    Ok(())
}
