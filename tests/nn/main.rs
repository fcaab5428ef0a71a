//! Layers and networks: against PyTorch, in training, in files.

mod attention;
mod gpt2;
mod init;
mod layers;
mod norm;
mod patches;
mod recurrent;
mod regularize;
mod residual;
mod state_dict;
mod support;
mod transformer;
mod zoo;
