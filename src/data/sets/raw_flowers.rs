//! The photographs of flowers as files, for a project that begins with a folder.

use std::path::Path;

use gradus_data::{Cache, Catalogue, Lines};
use rayon::prelude::*;

use super::flowers::{CLASSES, COUNTS, draw, notice, rng};
use crate::data::images::Image;
use crate::{Error, Result};

/// Lays the files of [`flowers`](super::flowers()) into `folder` as they came, of many sizes and proportions, one folder per class, both parts
/// together: 400 pictures. `folder` is made; files of these names in it are overwritten, others stay.
///
/// Where the photographs cannot be had, drawn flowers stand in, as PNG files of several sizes, with a notice that says why. They
/// can be told apart by their ending: photographs end in `jpg`. Taught in notebook 24.
///
/// # Errors
/// [`Error::Io`] where a file cannot be read or written.
pub fn raw_flowers(folder: impl AsRef<Path>) -> Result<()> {
    raw(Cache::from_env(), folder.as_ref())
}

fn raw(cache: gradus_data::Result<Cache>, folder: &Path) -> Result<()> {
    let io = |path: &Path, source| Error::Io {
        path: path.into(),
        source,
    };
    for class in CLASSES {
        let place = folder.join(class);
        std::fs::create_dir_all(&place).map_err(|e| io(&place, e))?;
    }
    let fetched = cache.and_then(|cache| Catalogue::load()?.get("flowers5")?.fetch(&cache, &mut Lines::default()));
    let source = match fetched {
        Ok(source) => source,
        Err(reason) => {
            println!("{}", notice(&reason));
            return draw_files(folder);
        }
    };
    for (part, class) in ["train", "val"]
        .into_iter()
        .flat_map(|part| CLASSES.map(|class| (part, class)))
    {
        let from = source.join(part).join(class);
        for file in std::fs::read_dir(&from).map_err(|e| io(&from, e))? {
            let file = file.map_err(|e| io(&from, e))?;
            let to = folder.join(class).join(file.file_name());
            std::fs::copy(file.path(), &to).map_err(|e| io(&to, e))?;
        }
    }
    Ok(())
}

/// As many drawn flowers as there are photographs, in several sizes and proportions, as PNG files.
fn draw_files(folder: &Path) -> Result<()> {
    let each: usize = COUNTS.iter().sum();
    (0..CLASSES.len() * each).into_par_iter().try_for_each(|i| {
        let (side, class) = (128 + 16 * (i % 4), i / each);
        let bytes = draw(class, side, &mut rng(3, i));
        let whole = Image::new(3, side, side, bytes.iter().map(|b| f32::from(*b) / 255.0).collect())?;
        let (down, across) = [(0, 0), (side / 8, 0), (0, side / 8)][i % 3];
        let cut = whole.crop(down / 2, across / 2, side - down, side - across)?;
        cut.save(folder.join(CLASSES[class]).join(format!("drawn_{:02}.png", i % each)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::ImageFolder;

    fn nowhere() -> (tempfile::TempDir, gradus_data::Result<Cache>) {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::at(dir.path()).offline(true);
        (dir, Ok(cache))
    }

    #[test]
    fn raw_files_are_laid_out_by_class_drawn_ones_too() {
        let dir = tempfile::tempdir().unwrap();
        raw(nowhere().1, dir.path()).unwrap();
        let set = ImageFolder::new(dir.path()).size(16, 16).load().unwrap().0;
        assert_eq!(
            (set.class_counts(), set.class_names()),
            (vec![80; 5], &CLASSES.map(String::from)[..])
        );
        let size = |i: usize| {
            let path = dir.path().join(format!("roses/drawn_{i:02}.png"));
            let image = Image::open(path).unwrap();
            (image.height(), image.width())
        };
        assert_eq!(
            [size(0), size(1), size(2)],
            [(112, 128), (144, 126), (160, 160)],
            "several sizes"
        );
        let Some(root) = std::env::var_os("GRADUS_DATA").filter(|root| Path::new(root).join("flowers5").is_dir())
        else {
            println!("skipped: flowers5 is not in the cache");
            return;
        };
        let dir = tempfile::tempdir().unwrap();
        raw(Ok(Cache::at(&root).offline(true)), dir.path()).unwrap();
        let set = ImageFolder::new(dir.path()).size(16, 16).load().unwrap().0;
        assert_eq!(set.class_counts(), [80; 5]);
        let name = "daisy/1299501272_59d9da5510_n.jpg";
        let same = |path: &Path| std::fs::read(path.join(name)).unwrap();
        assert_eq!(
            same(dir.path()),
            same(&Path::new(&root).join("flowers5/train")),
            "as they came"
        );
    }
}
