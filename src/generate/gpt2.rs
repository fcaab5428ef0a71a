//! GPT-2 writes.

use super::model::{LanguageModel, Memory};
use crate::Result;
use crate::nn::modules::Gpt2;
use crate::ops::Kernels;

impl<const V: usize, const L: usize, const N: usize, const HEADS: usize, const LAYERS: usize, D: Kernels> LanguageModel
    for Gpt2<V, L, N, HEADS, LAYERS, f32, D>
{
    fn vocabulary(&self) -> usize {
        V
    }

    fn context(&self) -> usize {
        L
    }

    fn read(&self, memory: &mut Memory, tokens: &[usize]) -> Result<Vec<f32>> {
        memory.parts.resize(2 * LAYERS, Vec::new());
        let scores = self.read_on(&mut memory.parts, memory.tokens, tokens)?;
        memory.tokens += tokens.len();
        Ok(scores)
    }
}
