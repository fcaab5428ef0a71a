//! The names of tensors, there and here.

/// The name of a tensor in a published file, and its name in our network.
pub type Rename = (String, String);

/// `conv.weight` and `conv.bias` of a published file, ours at `to`.
pub(super) fn weight_and_bias(names: &mut Vec<Rename>, from: &str, to: &str) {
    for tensor in ["weight", "bias"] {
        names.push((format!("{from}.{tensor}"), format!("{to}.{tensor}")));
    }
}
