//! Where the rows of a table were read.

/// Where each row of the table was read, in order.
pub(crate) struct Places {
    /// The first of each row's places, and the end of the last.
    pub starts: Vec<usize>,
    pub places: Vec<usize>,
}

impl Places {
    /// The places of all rows but `padding`: a counting sort.
    pub fn new(rows: &[usize], vocabulary: usize, padding: Option<usize>) -> Self {
        let asked = || rows.iter().enumerate().filter(|(_, row)| Some(**row) != padding);
        let mut starts = vec![0; vocabulary + 1];
        asked().for_each(|(_, row)| starts[row + 1] += 1);
        for row in 0..vocabulary {
            starts[row + 1] += starts[row];
        }
        let mut places = vec![0; starts[vocabulary]];
        let mut next = starts.clone();
        for (place, row) in asked() {
            places[next[*row]] = place;
            next[*row] += 1;
        }
        Self { starts, places }
    }

    pub fn of(&self, row: usize) -> &[usize] {
        &self.places[self.starts[row]..self.starts[row + 1]]
    }
}
