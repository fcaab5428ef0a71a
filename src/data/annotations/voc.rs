//! Pascal VOC: an XML file per picture.

use std::path::Path;

use roxmltree::{Document, Node};

use super::annotation::{Annotation, RawBox};
use super::wrong::wrong;
use crate::Result;
use crate::boxes::Box2D;

pub(super) fn parse(path: &Path, text: &str) -> Result<Annotation> {
    let document = Document::parse(text).map_err(|e| wrong(path, "a Pascal VOC annotation (XML)", e.to_string()))?;
    let root = document.root_element();
    if !root.has_tag_name("annotation") {
        let got = format!("<{}>", root.tag_name().name());
        return Err(wrong(path, "<annotation> around everything", got));
    }
    let [width, height] = size(path, root)?;
    let objects = root.children().filter(|node| node.has_tag_name("object"));
    let boxes = objects.map(|object| {
        let name = text_of(path, object, "name")?.to_string();
        let edges = child(path, object, "bndbox")?;
        let edge = |name: &str| number(path, edges, name);
        let bounds = Box2D::new(edge("xmin")?, edge("ymin")?, edge("xmax")?, edge("ymax")?);
        let difficult = difficult(path, object)?;
        Ok(RawBox {
            name,
            number: None,
            bounds,
            difficult,
        })
    });
    Ok(Annotation {
        boxes: boxes.collect::<Result<_>>()?,
        path: path.into(),
        width,
        height,
    })
}

/// Width and height of the picture. Both 0 where no size is given, or 0 x 0: programs write that which never saw the picture.
fn size(path: &Path, root: Node) -> Result<[usize; 2]> {
    let Ok(size) = child(path, root, "size") else {
        return Ok([0; 2]);
    };
    let sides = [number(path, size, "width")?, number(path, size, "height")?];
    if sides == [0.0; 2] {
        return Ok([0; 2]);
    }
    for (side, name) in sides.iter().zip(["width", "height"]) {
        // Whole numbers up to 2^24 are exact in f32.
        if *side < 1.0 || side.fract() != 0.0 || *side > 16_777_216.0 {
            let expected = format!("a whole number above 0 in <{name}>, or 0 in both");
            return Err(wrong(path, &expected, side.to_string()));
        }
    }
    Ok(sides.map(|side| side as usize))
}

/// Whether the object is marked as difficult; those without a mark are not.
fn difficult(path: &Path, object: Node) -> Result<bool> {
    let Ok(mark) = text_of(path, object, "difficult") else {
        return Ok(false);
    };
    match mark.to_lowercase().as_str() {
        "1" | "true" | "yes" => Ok(true),
        "" | "0" | "false" | "no" => Ok(false),
        _ => Err(wrong(path, "0 or 1 in <difficult>", format!("{mark:?}"))),
    }
}

fn child<'a, 'b>(path: &Path, node: Node<'a, 'b>, name: &str) -> Result<Node<'a, 'b>> {
    let found = node.children().find(|child| child.has_tag_name(name));
    found.ok_or_else(|| {
        let got = format!("none in line {}", node.document().text_pos_at(node.range().start).row);
        wrong(path, &format!("<{name}> in <{}>", node.tag_name().name()), got)
    })
}

fn text_of<'a>(path: &Path, node: Node<'a, '_>, name: &str) -> Result<&'a str> {
    Ok(child(path, node, name)?.text().unwrap_or_default().trim())
}

fn number(path: &Path, node: Node, name: &str) -> Result<f32> {
    let text = text_of(path, node, name)?;
    let value = text.parse::<f32>().ok().filter(|value| value.is_finite());
    value.ok_or_else(|| wrong(path, &format!("a number in <{name}>"), format!("{text:?}")))
}
