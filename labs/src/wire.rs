//! Requests and replies as bytes: the length of a JSON text (four bytes, little-endian), the text, and then plain bytes.

use std::cell::RefCell;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::lab::{Lab, Reply, Request, open};

thread_local! {
    /// The laboratory of this page.
    static OPEN: RefCell<Option<Box<dyn Lab>>> = const { RefCell::new(None) };
}

/// Puts a text and bytes together.
pub fn pack(text: &Value, bytes: &[u8]) -> Vec<u8> {
    let text = text.to_string();
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    [&length.to_le_bytes(), text.as_bytes(), bytes].concat()
}

/// Takes a text and bytes apart.
///
/// # Errors
/// Where the bytes end too early, or the text is no JSON.
pub fn unpack(message: &[u8]) -> Result<(Value, &[u8])> {
    let (length, rest) = message
        .split_first_chunk()
        .context("a message begins with four bytes")?;
    let length = u32::from_le_bytes(*length) as usize;
    let (text, bytes) = rest
        .split_at_checked(length)
        .context("the message ends within its text")?;
    Ok((
        serde_json::from_slice(text).context("the text of a message is JSON")?,
        bytes,
    ))
}

/// Answers a message `{"ask": name, "args": …}`, or opens the laboratory `{"open": name, "args": …}`. The answer is
/// `{"values": …}` with its numbers behind it, or `{"error": why}`.
pub fn answer(message: &[u8]) -> Vec<u8> {
    match attend(message) {
        Ok(reply) => {
            let bytes: Vec<u8> = reply.numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
            pack(&json!({ "values": reply.values }), &bytes)
        }
        Err(error) => pack(&json!({ "error": format!("{error:#}") }), &[]),
    }
}

fn attend(message: &[u8]) -> Result<Reply> {
    let (mut text, bytes) = unpack(message)?;
    let args = text["args"].take();
    let request = |name: &str| Request {
        name: name.to_string(),
        args,
        bytes: bytes.to_vec(),
    };
    if let Some(name) = text["open"].as_str() {
        let (lab, reply) = open(&request(name))?;
        OPEN.set(Some(lab));
        return Ok(reply);
    }
    let Some(name) = text["ask"].as_str() else {
        bail!("a message opens a laboratory or asks it something");
    };
    OPEN.with_borrow_mut(|lab| lab.as_mut().context("no laboratory is open")?.ask(&request(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_comes_back_as_it_went() -> Result<()> {
        let said = unpack(&answer(&pack(&json!({ "open": "hello" }), &[]))).map(|(text, _)| text.to_string())?;
        assert!(said.contains("CPU"), "{said}");
        let bytes = [1.5_f32, -2.0].map(f32::to_le_bytes).concat();
        let reply = answer(&pack(&json!({ "ask": "echo", "args": { "a": 1 } }), &bytes));
        let (text, numbers) = unpack(&reply)?;
        assert_eq!(text, json!({ "values": { "name": "echo", "args": { "a": 1 } } }));
        assert_eq!(numbers, bytes);
        Ok(())
    }

    #[test]
    fn what_is_no_message_is_refused_in_words() -> Result<()> {
        for message in [
            &b""[..],
            &[9, 0, 0, 0, b'{'],
            &[1, 0, 0, 0, b'{'],
            &pack(&json!({}), &[]),
        ] {
            let reply = answer(message);
            let (text, _) = unpack(&reply)?;
            assert!(text["error"].is_string(), "{text}");
        }
        let reply = answer(&pack(&json!({ "open": "atlantis" }), &[]));
        assert!(unpack(&reply)?.0["error"].to_string().contains("atlantis"));
        Ok(())
    }
}
