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
    let size = child(path, root, "size")?;
    let side = |name: &str| {
        let side = number(path, size, name)?;
        // Whole numbers up to 2^24 are exact in f32.
        if side >= 1.0 && side.fract() == 0.0 && side <= 16_777_216.0 {
            return Ok(side as usize);
        }
        Err(wrong(
            path,
            &format!("a whole number above 0 in <{name}>"),
            side.to_string(),
        ))
    };
    let (width, height) = (side("width")?, side("height")?);
    let objects = root.children().filter(|node| node.has_tag_name("object"));
    let boxes = objects.map(|object| {
        let name = text_of(path, object, "name")?.to_string();
        let edges = child(path, object, "bndbox")?;
        let edge = |name: &str| number(path, edges, name);
        let bounds = Box2D::new(edge("xmin")?, edge("ymin")?, edge("xmax")?, edge("ymax")?);
        Ok(RawBox { name, bounds })
    });
    Ok(Annotation {
        boxes: boxes.collect::<Result<_>>()?,
        path: path.into(),
        width,
        height,
    })
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
