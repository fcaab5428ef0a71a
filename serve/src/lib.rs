//! A small service that answers which class a picture shows.
//!
//! It is where the project of the course's last chapter ends: a network that was trained there, with a card that says what it
//! expects, behind HTTP. What it must withstand shapes it: whoever sends something broken, huge or slow gets an answer that
//! says so, memory stays bounded, and nothing that was accepted is lost when it is told to stop.
//!
//! The way of a request: [`server`] accepts a connection, [`service`] reads the upload within its limits, [`picture`] makes
//! numbers of it, [`queue`] holds it until the one thread that owns the [`network`] takes it with others that wait.
//! Taught in notebook 24.
#![warn(missing_docs)]

pub mod card;
pub mod example;
pub mod fault;
pub mod metrics;
pub mod network;
pub mod picture;
pub mod queue;
pub mod server;
pub mod service;
mod upload;
