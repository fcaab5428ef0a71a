//! The door that a page comes in by: three functions over the module's memory.
//!
//! The page asks for room with [`room`], writes a message there, calls [`call`], and reads the answer: four bytes with its
//! length, then the answer itself. It stays until the next call. A laboratory that panics ends with a trap; [`last_words`]
//! then points at what it said.

use std::cell::RefCell;
use std::sync::Once;

use crate::wire::answer;

thread_local! {
    static QUESTION: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static ANSWER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static WORDS: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Room for a message of `length` bytes. The pointer holds until the next call of any of these functions.
#[unsafe(no_mangle)]
pub extern "C" fn room(length: usize) -> *mut u8 {
    listen();
    QUESTION.with_borrow_mut(|question| {
        question.clear();
        question.resize(length, 0);
        question.as_mut_ptr()
    })
}

/// Answers the message in the room.
#[unsafe(no_mangle)]
pub extern "C" fn call() -> *const u8 {
    let question = QUESTION.take();
    let said = framed(&answer(&question));
    ANSWER.with_borrow_mut(|kept| {
        *kept = said;
        kept.as_ptr()
    })
}

/// What the last panic said, framed as an answer is.
#[unsafe(no_mangle)]
pub extern "C" fn last_words() -> *const u8 {
    WORDS.with_borrow_mut(|words| {
        if words.is_empty() {
            *words = framed(b"");
        }
        words.as_ptr()
    })
}

fn framed(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    [&length.to_le_bytes(), bytes].concat()
}

fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|panic| WORDS.set(framed(panic.to_string().as_bytes()))));
    });
}

/// Nothing here draws random numbers that no seed explains.
fn no_chance(_: &mut [u8]) -> Result<(), getrandom::Error> {
    Err(getrandom::Error::UNSUPPORTED)
}
getrandom::register_custom_getrandom!(no_chance);
