//! How tensors and tables show themselves when they are a cell's last expression.
//!
//! The kernel calls a method `evcxr_display` where there is one, and prints the inner fields of a value (`{:?}`) where
//! there is none: unreadable for a tensor. A trait of this name in the prelude gives tensors that method.

use std::fmt::{self, Display, Write as _};

use dfdx::prelude::*;

use crate::metrics::{DetectionReport, Report};
use crate::train::{Diagnosis, History, Summary, Sweep};

/// Tensors with more numbers than this show only the ends of their axes.
const MANY: usize = 1000;
/// How many entries are shown at either end of a long axis.
const ENDS: usize = 3;

/// A value that a notebook shows as text.
pub trait Show {
    /// The text: for a tensor its shape, its type and its numbers, arranged by their axes.
    fn text(&self) -> String;

    /// Shows the text; the kernel calls it for a cell's last expression.
    fn evcxr_display(&self) {
        crate::content::show(&[("text/plain", self.text())]);
    }
}

macro_rules! by_display {
    ($($t:ty)*) => {$(
        impl Show for $t {
            fn text(&self) -> String {
                self.to_string()
            }
        }
    )*};
}
/// A cell that ends in a loop or an `if` has nothing to show.
impl Show for () {
    fn text(&self) -> String {
        String::new()
    }

    fn evcxr_display(&self) {}
}

by_display!(History Summary Report DetectionReport Sweep Diagnosis);

impl<S: Shape, E: Unit + Display, D: Storage<E>, T: Tape<E, D>> Show for Tensor<S, E, D, T> {
    fn text(&self) -> String {
        let dims: Vec<usize> = self.shape().concrete().into_iter().collect();
        let kind = std::any::type_name::<E>();
        let tape = if T::OWNS_TAPE { ", with a tape" } else { "" };
        let mut text = format!("Tensor of shape {}, {kind}{tape}\n", Dims(&dims));
        // dfdx cannot walk a tensor without numbers.
        let values = if dims.contains(&0) { Vec::new() } else { self.as_vec() };
        let cells = cells(&values, kind.starts_with('f'));
        let width = cells.iter().map(|c| c.chars().count()).max().unwrap_or(0);
        let long = cells.len() > MANY;
        nest(&mut text, &dims, &cells, width, long, 0);
        text
    }
}

/// A shape as Rust writes a tuple: `()`, `(3,)`, `(2, 3)`.
struct Dims<'a>(&'a [usize]);

impl Display for Dims<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes: Vec<String> = self.0.iter().map(usize::to_string).collect();
        let comma = if sizes.len() == 1 { "," } else { "" };
        write!(f, "({}{comma})", sizes.join(", "))
    }
}

/// Every number as a text, all floats alike: `1.0` if all are whole, else four decimals, or with an exponent where
/// four decimals would hide a number or make it very long.
fn cells<E: Display>(values: &[E], float: bool) -> Vec<String> {
    let plain = values.iter().map(E::to_string);
    if !float {
        return plain.collect();
    }
    let numbers: Vec<f64> = plain.map(|text| text.parse().unwrap_or(f64::NAN)).collect();
    let finite = || numbers.iter().copied().filter(|v| v.is_finite());
    let far = finite().any(|v| v.abs() >= 1e6);
    let decimals = if finite().all(|v| v.fract() == 0.0) { 1 } else { 4 };
    let tiny = decimals == 4 && finite().all(|v| v.abs() < 1e-3);
    let text = |&v: &f64| match v {
        v if v.is_finite() && (far || tiny) => format!("{v:.4e}"),
        v => format!("{v:.decimals$}"),
    };
    numbers.iter().map(text).collect()
}

/// Writes the entries of the first axis in brackets: innermost side by side, others below each other.
fn nest(out: &mut String, dims: &[usize], cells: &[String], width: usize, long: bool, depth: usize) {
    let Some((&n, rest)) = dims.split_first() else {
        // A number of rank 0 or an entry of a row.
        let _ = write!(out, "{:>width$}", cells[0]);
        return;
    };
    let size: usize = rest.iter().product();
    let separator = match rest.len() {
        0 => ", ".to_string(),
        // A row ends a line, a matrix leaves one empty, as in NumPy.
        axes => format!(",{}{}", "\n".repeat(axes), " ".repeat(depth + 1)),
    };
    out.push('[');
    for i in 0..n {
        if long && n > 2 * ENDS && (ENDS..n - ENDS).contains(&i) {
            if i == ENDS {
                let _ = write!(out, "{separator}…");
            }
            continue;
        }
        if i > 0 {
            out.push_str(&separator);
        }
        nest(out, rest, &cells[i * size..(i + 1) * size], width, long, depth + 1);
    }
    out.push(']');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dev() -> Cpu {
        Cpu::seed_from_u64(0)
    }

    #[test]
    fn a_matrix_is_arranged_by_its_rows() {
        let x = dev().tensor([[1.0f32, -2.0, 3.0], [4.0, 5.0, 60.0]]);
        let text = "Tensor of shape (2, 3), f32\n[[ 1.0, -2.0,  3.0],\n [ 4.0,  5.0, 60.0]]";
        assert_eq!(x.text(), text);
    }

    #[test]
    fn every_rank_shows_its_brackets() {
        let dev = dev();
        assert_eq!(dev.tensor(2.5f32).text(), "Tensor of shape (), f32\n2.5000");
        assert_eq!(dev.tensor([7usize, 10]).text(), "Tensor of shape (2,), usize\n[ 7, 10]");
        let cube: Tensor<Rank3<2, 2, 1>, f32, _> = dev.ones();
        let text = "Tensor of shape (2, 2, 1), f32\n[[[1.0],\n  [1.0]],\n\n [[1.0],\n  [1.0]]]";
        assert_eq!(cube.text(), text);
        let none: Tensor<(usize, Const<2>), f32, _> = dev.zeros_like(&(0, Const));
        assert_eq!(none.text(), "Tensor of shape (0, 2), f32\n[]");
    }

    #[test]
    fn permuted_and_taped_tensors_show_what_they_hold() {
        let x: Tensor<Rank2<2, 1>, f32, _> = dev().tensor([[1.0], [2.0]]);
        let y = x.leaky_trace().permute::<Rank2<1, 2>, _>();
        assert_eq!(y.text(), "Tensor of shape (1, 2), f32, with a tape\n[[1.0, 2.0]]");
    }

    #[test]
    fn numbers_stay_readable() {
        let shown = |v: [f32; 2]| dev().tensor(v).text().lines().nth(1).unwrap_or_default().to_string();
        assert_eq!(shown([0.5, 1.0 / 3.0]), "[0.5000, 0.3333]");
        assert_eq!(shown([2e9, 0.5]), "[ 2.0000e9, 5.0000e-1]");
        assert_eq!(shown([2e-5, 0.0]), "[2.0000e-5,  0.0000e0]");
        assert_eq!(shown([f32::NAN, f32::INFINITY]), "[NaN, inf]");
        let flags: Tensor<Rank1<2>, bool, _> = dev().tensor([true, false]);
        assert_eq!(flags.text(), "Tensor of shape (2,), bool\n[ true, false]");
    }

    #[test]
    fn long_axes_show_their_ends() {
        let x: Tensor<Rank2<2, 600>, f32, _> = dev().zeros();
        let row = "[0.0, 0.0, 0.0, …, 0.0, 0.0, 0.0]";
        assert_eq!(x.text(), format!("Tensor of shape (2, 600), f32\n[{row},\n {row}]"));
    }
}
