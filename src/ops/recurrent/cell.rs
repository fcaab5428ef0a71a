//! The cells to choose from, and how many numbers each works with.
//!
//! All rows are in blocks of `width` numbers, one block per gate; `width` is the number of units, padded with units
//! whose weights are 0, and whose state is therefore 0.

/// Which cell a recurrent layer repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Elman's network with tanh.
    Rnn,
    /// The gated recurrent unit.
    Gru,
    /// Long short-term memory.
    Lstm,
}

impl Cell {
    /// Blocks of the weights.
    pub(crate) fn gates(self) -> usize {
        match self {
            Self::Rnn => 1,
            Self::Gru => 3,
            Self::Lstm => 4,
        }
    }

    /// Blocks that are kept of each step: for each gate its sum, what comes of it and at last its gradient. The first are
    /// those of the state's weights. GRU has one more, for what the input adds to the third gate.
    pub(crate) fn blocks(self) -> usize {
        self.gates() + usize::from(self == Self::Gru)
    }

    /// To which block each gate of the input's weights leads.
    pub(crate) fn inputs(self) -> &'static [usize] {
        match self {
            Self::Rnn => &[0],
            Self::Gru => &[0, 1, 3],
            Self::Lstm => &[0, 1, 2, 3],
        }
    }

    /// Blocks of the state: the output, and LSTM's memory.
    pub(crate) fn states(self) -> usize {
        1 + usize::from(self == Self::Lstm)
    }
}
