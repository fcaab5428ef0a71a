//! What stands in for HTTP in a build without the feature `download`: every transfer says that there is none.

use std::path::Path;

use crate::error::Result;
use crate::progress::Progress;

/// How a transfer ended that did not fail on this machine.
pub(crate) enum Transfer {
    /// The part file has all its bytes.
    #[expect(dead_code, reason = "nothing is ever transferred here")]
    Complete,
    /// There is no server to ask, for this reason.
    Stopped(String),
}

/// What is known of a file's size before it comes.
#[expect(dead_code, reason = "nobody is asked for so many bytes")]
pub(crate) enum Length {
    /// So many bytes.
    Exactly(u64),
    /// Not more than so many bytes.
    AtMost(u64),
}

/// Nothing to ask with.
pub(crate) struct Agent;

/// A client that asks nobody.
pub(crate) fn agent() -> Agent {
    Agent
}

/// Says that this build cannot download.
pub(crate) fn transfer(_: &Agent, _: &str, _: &Path, _: Length, _: &mut dyn Progress) -> Result<Transfer> {
    Ok(Transfer::Stopped(
        "this program was built without the feature `download`; put the file into the cache by hand".into(),
    ))
}
