//! Data sets: what is read, what is refused, what is drawn, split and put into batches.

mod annotations;
mod augment;
mod bpe;
mod cifar;
mod citations;
mod folders;
mod idx;
mod images;
mod mnist;
mod ordered_sets;
mod pca;
mod pictures;
mod sampling;
mod scenes;
mod sequences;
mod series;
mod sets;
mod tables;
mod tabular;
mod text;
mod toy;
mod tsne;
