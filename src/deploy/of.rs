//! From a network to its graph.

use super::draft::Draft;
use super::export::Export;
use super::graph::Graph;
use crate::Result;

impl Graph {
    /// The graph of a network that stands on the CPU, for samples of this shape: `&[1, 28, 28]` for pictures of one channel,
    /// `&[64]` for texts of 64 tokens.
    ///
    /// # Errors
    /// [`Error::Shape`](crate::Error::Shape) where a layer does not take what the layers in front of it make of such a sample, and
    /// [`Error::Argument`](crate::Error::Argument) for a layer that has no translation; both name the layer. A layer that [`Export`] does not know is an
    /// error of the compiler.
    pub fn of<M: Export>(net: &M, sample: &[usize]) -> Result<Self> {
        let mut draft = Draft::new(sample)?;
        let input = draft.input().to_string();
        let output = net.export(&mut draft, "", input)?;
        draft.finish(output)
    }
}
