//! Data sets: what is read, what is refused, what is drawn, split and put into batches.

mod annotations;
mod augment;
mod cifar;
mod idx;
mod images;
mod mnist;
mod sampling;
mod sets;
mod tables;
mod tabular;
mod toy;
