//! Layers and networks: against PyTorch, in training, in files.

mod attention;
mod init;
mod layers;
mod norm;
mod padded;
mod recurrent;
mod regularize;
mod residual;
mod state_dict;
mod support;
mod zoo;
