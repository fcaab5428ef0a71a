//! Whether an annotation speaks of the picture that it is read with.

use super::annotation::Annotation;
use crate::data::images::Opened;
use crate::{Error, Result};

/// Compares the size in an annotation with that of its picture. In another size of the same proportions, as a picture has
/// that was made smaller afterwards, boxes are still in their places: that is said. In other proportions they are not.
pub(super) fn compare(annotation: &Annotation, picture: &Opened) -> Result<Option<String>> {
    let said = [annotation.height, annotation.width];
    if said == picture.size {
        return Ok(None);
    }
    let pixels = |[height, width]: [usize; 2]| format!("{width} x {height} pixels (width x height)");
    if proportional(said, picture.size) {
        let path = annotation.path.display();
        let (said, is) = (pixels(said), pixels(picture.size));
        return Ok(Some(format!(
            "{path}: speaks of {said}, its picture has {is}: boxes scaled"
        )));
    }
    let turned = said == picture.stored;
    let why = if turned {
        ", as the file has it before the camera's note (EXIF) turns it"
    } else {
        ""
    };
    let hint = if turned {
        "Turn the boxes too, or save the picture without the note"
    } else {
        "Find the annotation that was made for this picture, or mend its size"
    };
    Err(Error::File {
        path: annotation.path.clone(),
        expected: format!("the size of its picture, {}", pixels(picture.size)),
        got: format!("{}{why}", pixels(said)),
        hint: hint.into(),
    })
}

/// Whether one is the other made larger or smaller, as programs round sides; a pixel more or less is no harm.
fn proportional(a: [usize; 2], b: [usize; 2]) -> bool {
    if a[0].abs_diff(b[0]) <= 1 && a[1].abs_diff(b[1]) <= 1 {
        return true;
    }
    let [small, large] = if a[0].max(a[1]) <= b[0].max(b[1]) {
        [a, b]
    } else {
        [b, a]
    };
    let [small, large] = [small, large].map(|size| size.map(|side| side as f64));
    // The longer side of the smaller one gives the scale, the other one must follow.
    let (long, short) = if small[0] > small[1] { (0, 1) } else { (1, 0) };
    let wanted = large[short] * small[long] / large[long];
    (wanted - small[short]).abs() < 1.0
}
