//! The laboratories as a program: messages come in on standard input, answers go out on standard output, each behind four
//! bytes with its length. A test holds them against what the same messages give in WebAssembly.

use std::io::{self, Read, Write};

fn main() -> io::Result<()> {
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let mut length = [0; 4];
    while input.read_exact(&mut length).is_ok() {
        let mut message = vec![0; u32::from_le_bytes(length) as usize];
        input.read_exact(&mut message)?;
        let answer = gradus_labs::answer(&message);
        output.write_all(&u32::try_from(answer.len()).unwrap_or(u32::MAX).to_le_bytes())?;
        output.write_all(&answer)?;
    }
    output.flush()
}
