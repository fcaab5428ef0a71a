//! The service as a process of its own, asked over the loopback.

mod answers;
mod pages;
mod refused;
mod stop;
mod support;
mod uploads;
