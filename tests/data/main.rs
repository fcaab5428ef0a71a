//! Data sets: what is read, what is refused, what is drawn, split and put into batches.

mod annotations;
mod augment;
mod cifar;
mod folders;
mod idx;
mod images;
mod mnist;
mod pictures;
mod sampling;
mod scenes;
mod sequences;
mod sets;
mod tables;
mod tabular;
mod toy;
