//! A reader of Python's pickles, as far as the files of Planetoid need it: numbers, texts, lists, tables by key, NumPy's arrays
//! and SciPy's sparse matrices. It builds plain values and calls nothing, so a pickle cannot do harm here.
//!
//! The crate `serde-pickle` does not read these files: it has no place for a `defaultdict`.

/// What a pickle holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Nothing,
    Truth(bool),
    Number(i64),
    Bytes(Vec<u8>),
    Items(Vec<Value>),
    Table(Vec<(Value, Value)>),
    /// The name of a class or function.
    Name(String),
    /// Something made by a class that is not filled yet.
    Made,
}

/// What was read so far.
struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    stack: Vec<Value>,
    /// Where the stack stood when each mark was set.
    marks: Vec<usize>,
    memo: Vec<(usize, Value)>,
}

/// The value of a pickle; else what is wrong with it, and where.
pub(super) fn read(bytes: &[u8]) -> Result<Value, String> {
    let mut machine = Machine {
        bytes,
        at: 0,
        stack: Vec::new(),
        marks: Vec::new(),
        memo: Vec::new(),
    };
    loop {
        let at = machine.at;
        let wrong = |what: String| format!("{what} at byte {at}");
        let code = machine.byte().map_err(wrong)?;
        if code == b'.' {
            return machine.pop().map_err(wrong);
        }
        machine.step(code).map_err(wrong)?;
    }
}

impl Machine<'_> {
    fn step(&mut self, code: u8) -> Result<(), String> {
        match code {
            0x80 => {
                self.byte()?;
            }
            b'(' => self.marks.push(self.stack.len()),
            b'N' => self.stack.push(Value::Nothing),
            0x88 | 0x89 => self.stack.push(Value::Truth(code == 0x88)),
            b'K' => self.number(1)?,
            b'M' => self.number(2)?,
            b'J' => self.number(4)?,
            b'U' | b'T' => {
                let size = self.little(if code == b'U' { 1 } else { 4 })?;
                let text = self.take(size)?.to_vec();
                self.stack.push(Value::Bytes(text));
            }
            b'c' => {
                let name = [self.line()?, self.line()?].join(" ");
                self.stack.push(Value::Name(name));
            }
            b'q' | b'r' => {
                let key = self.little(if code == b'q' { 1 } else { 4 })?;
                let value = self.stack.last().cloned().ok_or("an empty stack")?;
                self.memo.push((key, value));
            }
            b'h' | b'j' => {
                let key = self.little(if code == b'h' { 1 } else { 4 })?;
                let found = self.memo.iter().rev().find(|(k, _)| *k == key);
                self.stack.push(found.ok_or("a reference to nothing")?.1.clone());
            }
            _ => self.build(code)?,
        }
        Ok(())
    }

    /// Codes that make something of what is on the stack.
    fn build(&mut self, code: u8) -> Result<(), String> {
        match code {
            b')' | b']' => self.stack.push(Value::Items(Vec::new())),
            b'}' => self.stack.push(Value::Table(Vec::new())),
            b't' | 0x85..=0x87 => {
                let from = match code {
                    b't' => self.mark()?,
                    _ => self
                        .stack
                        .len()
                        .checked_sub(usize::from(code - 0x84))
                        .ok_or("too short a stack")?,
                };
                let items = self.stack.split_off(from);
                self.stack.push(Value::Items(items));
            }
            b'a' | b'e' => {
                let from = if code == b'e' {
                    self.mark()?
                } else {
                    self.stack.len().saturating_sub(1)
                };
                let more = self.stack.split_off(from);
                let Some(Value::Items(items)) = self.stack.last_mut() else {
                    return Err("no list to add to".into());
                };
                items.extend(more);
            }
            b'u' => {
                let from = self.mark()?;
                let mut more = self.stack.split_off(from).into_iter();
                let Some(Value::Table(table)) = self.stack.last_mut() else {
                    return Err("no table to add to".into());
                };
                while let Some(key) = more.next() {
                    table.push((key, more.next().ok_or("a key without a value")?));
                }
            }
            b'R' | 0x81 => {
                let (arguments, maker) = (self.pop()?, self.pop()?);
                self.stack.push(made(maker, arguments)?);
            }
            b'b' => {
                let state = self.pop()?;
                // What describes a kind of numbers is known by its name; everything else is what it is filled with.
                if let Value::Made = self.pop_made()? {
                    self.stack.push(state);
                }
            }
            _ => return Err(format!("the unknown code {code:#04x}")),
        }
        Ok(())
    }

    /// The thing to be filled, off the stack; what keeps its own value stays there.
    fn pop_made(&mut self) -> Result<Value, String> {
        match self.pop()? {
            Value::Made => Ok(Value::Made),
            kept => {
                self.stack.push(kept);
                Ok(Value::Nothing)
            }
        }
    }

    fn mark(&mut self) -> Result<usize, String> {
        let mark = self.marks.pop().ok_or("no mark")?;
        if mark > self.stack.len() {
            return Err("a mark above the stack".into());
        }
        Ok(mark)
    }

    fn pop(&mut self) -> Result<Value, String> {
        self.stack.pop().ok_or_else(|| "an empty stack".into())
    }

    fn byte(&mut self) -> Result<u8, String> {
        Ok(self.take(1)?[0])
    }

    fn take(&mut self, n: usize) -> Result<&[u8], String> {
        let rest = &self.bytes[self.at..];
        if n > rest.len() {
            return Err("the end of the file".into());
        }
        self.at += n;
        Ok(&rest[..n])
    }

    /// A number of `n` bytes, the lowest first.
    fn little(&mut self, n: usize) -> Result<usize, String> {
        Ok(self
            .take(n)?
            .iter()
            .rev()
            .fold(0, |sum, byte| sum << 8 | usize::from(*byte)))
    }

    fn number(&mut self, n: usize) -> Result<(), String> {
        let value = self.little(n)? as i64;
        let value = if n == 4 { i64::from(value as u32 as i32) } else { value };
        self.stack.push(Value::Number(value));
        Ok(())
    }

    fn line(&mut self) -> Result<String, String> {
        let rest = &self.bytes[self.at..];
        let long = rest.iter().position(|b| *b == b'\n').ok_or("the end of the file")?;
        self.at += long + 1;
        Ok(String::from_utf8_lossy(&rest[..long]).into_owned())
    }
}

/// What a class or function makes.
fn made(maker: Value, arguments: Value) -> Result<Value, String> {
    let Value::Name(name) = maker else {
        return Err("a call of something that is no name".into());
    };
    match (name.as_str(), arguments) {
        ("collections defaultdict", _) => Ok(Value::Table(Vec::new())),
        ("numpy dtype", Value::Items(items)) => Ok(items.into_iter().next().unwrap_or(Value::Nothing)),
        ("numpy.core.multiarray _reconstruct" | "scipy.sparse.csr csr_matrix", _) => Ok(Value::Made),
        _ => Err(format!("a call of {name}, which is not known here")),
    }
}

impl Value {
    pub fn items(&self) -> Option<&[Value]> {
        if let Value::Items(items) = self {
            Some(items)
        } else {
            None
        }
    }

    pub fn number(&self) -> Option<usize> {
        if let Value::Number(n) = self {
            usize::try_from(*n).ok()
        } else {
            None
        }
    }

    /// What stands in a table under a name.
    pub fn under(&self, name: &str) -> Option<&Value> {
        let Value::Table(table) = self else { return None };
        let named = |key: &Value| matches!(key, Value::Bytes(text) if text == name.as_bytes());
        table.iter().find(|(key, _)| named(key)).map(|(_, value)| value)
    }

    /// The sizes of an array and its numbers, row after row: NumPy pickles `(version, sizes, kind, by columns, bytes)`.
    pub fn array(&self) -> Option<(Vec<usize>, Vec<f64>)> {
        let [_, sizes, Value::Bytes(kind), Value::Truth(false), Value::Bytes(bytes)] = self.items()? else {
            return None;
        };
        let sizes: Vec<usize> = sizes.items()?.iter().map(Value::number).collect::<Option<_>>()?;
        let count = sizes
            .iter()
            .try_fold(1usize, |product, size| product.checked_mul(*size))?;
        let numbers: Vec<f64> = match kind.as_slice() {
            b"i4" => bytes
                .as_chunks()
                .0
                .iter()
                .map(|b| f64::from(i32::from_le_bytes(*b)))
                .collect(),
            b"i8" => bytes
                .as_chunks()
                .0
                .iter()
                .map(|b| i64::from_le_bytes(*b) as f64)
                .collect(),
            b"f4" => bytes
                .as_chunks()
                .0
                .iter()
                .map(|b| f64::from(f32::from_le_bytes(*b)))
                .collect(),
            b"f8" => bytes.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b)).collect(),
            _ => return None,
        };
        (numbers.len() == count).then_some((sizes, numbers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `pickle.dumps(collections.defaultdict(list, {0: [1, 300, -2], 1: []}), 2)`, Python 2's names.
    const TABLE: &[u8] = b"\x80\x02ccollections\ndefaultdict\nq\x00c__builtin__\nlist\nq\x01\x85Rq\x02(K\x00]q\x03(K\x01M,\x01J\xfe\xff\xff\xffeK\x01]q\x04u.";

    #[test]
    fn lists_by_key() {
        let list = |n: &[i64]| Value::Items(n.iter().map(|n| Value::Number(*n)).collect());
        let expected = vec![(Value::Number(0), list(&[1, 300, -2])), (Value::Number(1), list(&[]))];
        assert_eq!(read(TABLE), Ok(Value::Table(expected)));
    }

    #[test]
    fn whatever_is_cut_or_changed_is_an_error_or_a_value() {
        for end in 0..TABLE.len() {
            assert!(read(&TABLE[..end]).is_err(), "cut at {end}");
        }
        for place in 0..TABLE.len() {
            for byte in 0..=255 {
                let mut changed = TABLE.to_vec();
                changed[place] = byte;
                let _ = read(&changed);
            }
        }
        let error = read(b"\x80\x02cos\nsystem\nU\x02ls\x85R.").expect_err("a call");
        assert!(error.contains("os system"), "{error}");
    }
}
