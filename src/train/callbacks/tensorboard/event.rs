//! The messages of an event file, in the encoding of protocol buffers. Only the few fields that are needed.
//!
//! `Event { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; }`
//! `Summary { repeated Value value = 1; }`
//! `Value { string tag = 1; float simple_value = 2; HistogramProto histo = 5; }`
//! `HistogramProto { double min = 1, max = 2, num = 3, sum = 4, sum_squares = 5; repeated double bucket_limit = 6, bucket = 7; }`

/// An event: something at a moment.
pub struct Event {
    wall_time: f64,
    step: i64,
    content: Content,
}

enum Content {
    Version,
    Summary(Vec<u8>),
}

/// The distribution of some numbers, in bins of equal width.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    min: f64,
    max: f64,
    num: f64,
    sum: f64,
    sum_squares: f64,
    /// The upper end of every bin.
    limits: Vec<f64>,
    counts: Vec<f64>,
}

impl Event {
    /// The event that a file begins with.
    pub fn version(wall_time: f64) -> Self {
        Self {
            wall_time,
            step: 0,
            content: Content::Version,
        }
    }

    /// Some named numbers of one step.
    pub fn scalars(wall_time: f64, step: i64, scalars: &[(&str, f32)]) -> Self {
        let mut summary = Message::default();
        for (tag, value) in scalars {
            let mut message = Message::default();
            message.bytes(1, tag.as_bytes());
            message.float(2, *value);
            summary.bytes(1, &message.0);
        }
        Self {
            wall_time,
            step,
            content: Content::Summary(summary.0),
        }
    }

    /// Some named histograms of one step.
    pub fn histograms(wall_time: f64, step: i64, histograms: &[(String, Histogram)]) -> Self {
        let mut summary = Message::default();
        for (tag, histogram) in histograms {
            let mut message = Message::default();
            message.bytes(1, tag.as_bytes());
            message.bytes(5, &histogram.encode());
            summary.bytes(1, &message.0);
        }
        Self {
            wall_time,
            step,
            content: Content::Summary(summary.0),
        }
    }

    pub fn encode(&self) -> Vec<u8> {
        let mut message = Message::default();
        message.double(1, self.wall_time);
        message.integer(2, self.step);
        match &self.content {
            Content::Version => message.bytes(3, b"brain.Event:2"),
            Content::Summary(summary) => message.bytes(5, summary),
        }
        message.0
    }
}

impl Histogram {
    const BINS: usize = 30;

    /// The distribution of `values`; those that are not finite do not count.
    pub fn of(values: &[f32]) -> Self {
        let finite = || values.iter().copied().filter(|v| v.is_finite()).map(f64::from);
        let min = finite().fold(f64::INFINITY, f64::min);
        let max = finite().fold(f64::NEG_INFINITY, f64::max);
        let num = finite().count();
        let (min, max) = if num == 0 { (0.0, 0.0) } else { (min, max) };
        // All values alike still need a bin of some width.
        let width = (max - min).max(1e-12) / Self::BINS as f64;
        let mut counts = vec![0.0; Self::BINS];
        for value in finite() {
            counts[(((value - min) / width) as usize).min(Self::BINS - 1)] += 1.0;
        }
        Self {
            min,
            max,
            num: num as f64,
            sum: finite().sum(),
            sum_squares: finite().map(|v| v * v).sum(),
            limits: (1..=Self::BINS).map(|i| min + width * i as f64).collect(),
            counts,
        }
    }

    fn encode(&self) -> Vec<u8> {
        let mut message = Message::default();
        let fields = [self.min, self.max, self.num, self.sum, self.sum_squares];
        for (field, value) in (1..).zip(fields) {
            message.double(field, value);
        }
        for (field, row) in [(6, &self.limits), (7, &self.counts)] {
            let packed: Vec<u8> = row.iter().flat_map(|v| v.to_le_bytes()).collect();
            message.bytes(field, &packed);
        }
        message.0
    }
}

/// A protocol buffer message that grows field by field. Numbers that are zero are left out, as is usual.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    /// The number of a field and how its content is encoded: 0 a variable-length integer, 1 eight bytes, 2 a length and
    /// as many bytes, 5 four bytes.
    fn key(&mut self, field: u64, encoding: u64) {
        self.varint(field << 3 | encoding);
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn integer(&mut self, field: u64, value: i64) {
        if value != 0 {
            self.key(field, 0);
            self.varint(value as u64);
        }
    }

    fn double(&mut self, field: u64, value: f64) {
        if value.to_bits() != 0 {
            self.key(field, 1);
            self.0.extend(value.to_le_bytes());
        }
    }

    /// Written even when it is zero: it is one of several that a value may have, and its being there says which.
    fn float(&mut self, field: u64, value: f32) {
        self.key(field, 5);
        self.0.extend(value.to_le_bytes());
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.key(field, 2);
        self.varint(bytes.len() as u64);
        self.0.extend(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::super::record;
    use super::*;

    /// `tests/train/event_files.py` made the bytes, with TensorBoard's own writer.
    #[test]
    fn events_are_tensorboards_byte_for_byte() {
        let golden = include_str!("../../../../tests/train/event_files.txt");
        let zero = Histogram::of(&[0.0, 1.0, 1.5, -1.5]);
        let events = [
            Event::version(1.5e9),
            Event::scalars(1.5e9 + 0.25, 0, &[("loss", 0.5)]),
            Event::scalars(2.0, 300, &[("epoch/training loss", -1.25), ("zero", 0.0)]),
            Event::scalars(0.0, 1 << 40, &[("größer", f32::MAX), ("nan", f32::NAN)]),
            Event::histograms(3.0, 7, &[("0.weight".into(), zero)]),
        ];
        let lines = golden.lines().filter(|line| !line.starts_with('#'));
        assert_eq!(lines.clone().count(), events.len());
        for (line, event) in lines.zip(events) {
            let hex = |bytes: Vec<u8>| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
            assert_eq!(hex(record::frame(&event.encode())), line);
        }
    }

    #[test]
    fn every_finite_number_is_in_a_bin() {
        let h = Histogram::of(&[1.0, f32::NAN, 2.0, 4.0, f32::INFINITY, 4.0]);
        assert_eq!((h.min, h.max, h.num, h.sum, h.sum_squares), (1.0, 4.0, 4.0, 11.0, 37.0));
        assert_eq!(h.counts.iter().sum::<f64>(), 4.0);
        assert_eq!((h.counts[0], h.counts[10], h.counts[29]), (1.0, 1.0, 2.0));
        assert!((h.limits[29] - 4.0).abs() < 1e-12);
        for alike in [vec![], vec![2.0; 5]] {
            let h = Histogram::of(&alike);
            assert_eq!(h.counts.iter().sum::<f64>(), alike.len() as f64);
            assert!(h.limits.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", h.limits);
        }
    }
}
