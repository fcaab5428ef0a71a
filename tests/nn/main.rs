//! Layers and networks: against PyTorch, in training, in files.

mod attention;
mod both_ways;
mod gaussian;
mod gpt2;
mod graphs;
mod init;
mod layers;
mod norm;
mod padded;
mod patches;
mod recurrent;
mod regularize;
mod residual;
mod sequences;
mod spectral_norm;
mod state_dict;
mod support;
mod transformer;
mod unet;
mod zoo;
