//! The tensors of a network, as a table.

use std::fmt;

/// Names, shapes and sizes of the tensors of a network. Shown in a notebook it is a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    pub(in crate::train) rows: Vec<(String, Vec<usize>, bool)>,
    pub(in crate::train) input: Vec<usize>,
    pub(in crate::train) outputs: usize,
}

impl Summary {
    /// Numbers that training can change.
    pub fn trainable(&self) -> usize {
        self.count(true)
    }

    /// Numbers that belong to the network but follow other rules, such as the running mean of a batch norm.
    pub fn fixed(&self) -> usize {
        self.count(false)
    }

    fn count(&self, trainable: bool) -> usize {
        let wanted = self.rows.iter().filter(|row| row.2 == trainable);
        wanted.map(|(_, shape, _)| shape.iter().product::<usize>()).sum()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let shape = |shape: &[usize]| shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" x ");
        let name = self.rows.iter().map(|row| row.0.len()).max().unwrap_or(0).max(6);
        writeln!(
            f,
            "in: a sample of {}, out: {} scores",
            shape(&self.input),
            self.outputs
        )?;
        writeln!(f, "{:<name$}  {:<18}  {:>9}", "tensor", "shape", "numbers")?;
        for (tensor, dims, trainable) in &self.rows {
            let numbers = dims.iter().product::<usize>();
            let note = if *trainable { "" } else { "  (not trained)" };
            writeln!(f, "{tensor:<name$}  {:<18}  {numbers:>9}{note}", shape(dims))?;
        }
        write!(f, "{} trainable numbers", self.trainable())?;
        match self.fixed() {
            0 => Ok(()),
            fixed => write!(f, ", {fixed} others"),
        }
    }
}
