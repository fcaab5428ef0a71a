//! Writing with a language model: sampling, beam search, the memory.

mod sampling;
mod writing;
