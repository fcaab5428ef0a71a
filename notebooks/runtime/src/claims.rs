//! What a chapter asserts after a training that was cut short.
//!
//! `cargo course run --budget 2` lets no training take more than two seconds, so that the whole course runs in minutes. A
//! network that has learned less cannot keep what the text promises. The runner writes [`claim!`](crate::claim) for
//! `assert!` and [`claim_eq!`](crate::claim_eq) for `assert_eq!`: as long as every training was whole they are the same;
//! afterwards, what does not hold is printed and the notebook goes on.

use std::fmt::{Arguments, Debug};

/// `assert!`, but for what follows a training that was cut short.
#[doc(hidden)]
#[macro_export]
macro_rules! claim {
    ($holds:expr $(,)?) => {
        $crate::claims::check($holds, stringify!($holds), None)
    };
    ($holds:expr, $($text:tt)+) => {
        $crate::claims::check($holds, stringify!($holds), Some(format_args!($($text)+)))
    };
}

/// `assert_eq!`, but for what follows a training that was cut short.
#[doc(hidden)]
#[macro_export]
macro_rules! claim_eq {
    ($left:expr, $right:expr $(,)?) => {
        $crate::claims::check_equal(&$left, &$right, concat!(stringify!($left), " == ", stringify!($right)), None)
    };
    ($left:expr, $right:expr, $($text:tt)+) => {
        $crate::claims::check_equal(
            &$left,
            &$right,
            concat!(stringify!($left), " == ", stringify!($right)),
            Some(format_args!($($text)+)),
        )
    };
}

/// Goes on if the claim holds; else panics, or says so if a training was cut short.
#[doc(hidden)]
#[track_caller]
pub fn check(holds: bool, claim: &str, text: Option<Arguments<'_>>) {
    if !holds {
        fails(claim, text, "");
    }
}

/// [`check`] for two values that are to be equal.
#[doc(hidden)]
#[track_caller]
pub fn check_equal<L: PartialEq<R> + Debug + ?Sized, R: Debug + ?Sized>(
    left: &L,
    right: &R,
    claim: &str,
    text: Option<Arguments<'_>>,
) {
    if left != right {
        fails(claim, text, &format!("\n  left: {left:?}\n right: {right:?}"));
    }
}

#[track_caller]
fn fails(claim: &str, text: Option<Arguments<'_>>, values: &str) {
    let text = text.map_or(String::new(), |text| format!(": {text}"));
    if gradus::train::was_cut_short() {
        // One line, whatever the claim looks like.
        let claim = claim.split_whitespace().collect::<Vec<_>>().join(" ");
        println!("NOT ASSERTED: {claim}");
    } else {
        panic!("assertion failed: {claim}{text}{values}");
    }
}
