//! The data catalogue of gradus.

/// What can go wrong with the catalogue, the cache or a download.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {}
