//! A device that runs kernels, and how they are started.

use dfdx::prelude::*;

/// Memory of the device for numbers: a gradient, or what an operation keeps.
pub(crate) type Buffer<D> = <D as Storage<f32>>::Vec;

/// Where numbers stand in the memory of the device; 0 is nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address(pub u64);

impl Address {
    /// No numbers: what a kernel gets for an input that is left out.
    pub const NONE: Self = Self(0);

    /// The place `numbers` numbers behind.
    pub fn plus(self, numbers: usize) -> Self {
        Self(self.0 + (numbers * size_of::<f32>()) as u64)
    }
}

/// What a kernel is called with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Arg<'a> {
    At(Address),
    Int(i32),
    Float(f32),
    /// A struct of `int`s.
    Ints(&'a [i32]),
}

impl From<Address> for Arg<'_> {
    fn from(address: Address) -> Self {
        Self::At(address)
    }
}

impl From<i32> for Arg<'_> {
    fn from(value: i32) -> Self {
        Self::Int(value)
    }
}

impl From<bool> for Arg<'_> {
    fn from(value: bool) -> Self {
        Self::Int(value.into())
    }
}

impl From<f32> for Arg<'_> {
    fn from(value: f32) -> Self {
        Self::Float(value)
    }
}

impl<'a> From<&'a [i32]> for Arg<'a> {
    fn from(values: &'a [i32]) -> Self {
        Self::Ints(values)
    }
}

/// The arguments of a kernel, in its order.
macro_rules! args {
    ($($arg:expr),* $(,)?) => { &[$($crate::ops::cuda::launch::Arg::from($arg)),*] };
}

/// The address of a gradient. A macro, because the trait that tensors and their ghosts share has no public name in dfdx.
macro_rules! gradient {
    ($gradients:expr, $tensor:expr) => {
        D::at_buffer($gradients.get_or_alloc_mut($tensor)?)
    };
}

pub(crate) use {args, gradient};

/// A text of CUDA C with kernels, compiled together. [`SHARED`] stands in front of it.
#[derive(Debug)]
pub(crate) struct Module {
    pub name: &'static str,
    pub source: &'static str,
}

impl Module {
    /// The names of its kernels, in order.
    pub fn kernels(&self) -> impl Iterator<Item = &'static str> {
        let parts = self.source.split("extern \"C\" __global__ void ").skip(1);
        parts.filter_map(|part| part.split('(').next())
    }
}

/// The most arguments that a kernel may have: so many cudarc can hand on.
pub(crate) const MOST_ARGS: usize = 12;

/// What all modules share.
pub(crate) const SHARED: &str = include_str!("shared.cu");

/// Sums in a fixed order, for several operations.
const SUMS: Module = Module {
    name: "sums",
    source: include_str!("sums.cu"),
};

/// How many threads run a kernel: blocks along three axes, and the threads of each block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grid {
    pub blocks: [u32; 3],
    pub threads: u32,
}

impl Grid {
    /// Threads of a block, where nothing speaks for another number.
    const THREADS: u32 = 256;

    /// A thread for each of `n` numbers; from some number on a thread works through several.
    pub fn each(n: i32) -> Self {
        Self::blocks(n.cast_unsigned().div_ceil(Self::THREADS).min(1 << 16))
    }

    /// A block for each of `rows` rows of `columns` numbers.
    pub fn rows(rows: i32, columns: i32) -> Self {
        let threads = columns.cast_unsigned().next_power_of_two().clamp(32, Self::THREADS);
        Self {
            threads,
            ..Self::blocks(rows.cast_unsigned())
        }
    }

    pub fn blocks(count: u32) -> Self {
        Self {
            blocks: [count, 1, 1],
            threads: Self::THREADS,
        }
    }
}

/// A device that runs our kernels.
pub(crate) trait Launch: Device<f32> {
    /// Where the numbers of `t` stand, which must be in row-major order.
    fn at<S: Shape>(t: &Tensor<S, f32, Self>) -> Result<Address, Self::Err>;

    /// Where the numbers of `buffer` stand.
    fn at_buffer(buffer: &mut Buffer<Self>) -> Address;

    /// The error for a size that the kernels cannot count.
    fn too_large(len: usize) -> Self::Err;

    /// Runs a kernel. Without blocks, nothing is done.
    fn launch(&self, module: &'static Module, kernel: &'static str, grid: Grid, args: &[Arg]) -> Result<(), Self::Err>;

    /// Memory for `len` numbers, zeros.
    fn memory(&self, len: usize) -> Result<Buffer<Self>, Self::Err> {
        <Self as Storage<f32>>::try_alloc_len(self, len)
    }

    /// A size as kernels take it: they count in 32 bits.
    fn int(len: usize) -> Result<i32, Self::Err> {
        i32::try_from(len).map_err(|_| Self::too_large(len))
    }

    /// Whole numbers in the memory of the device. (Their bits stand in the place of an `f32`'s: dfdx has no other memory
    /// that is allocated by length.)
    fn ints(&self, values: &[usize]) -> Result<Tensor<(usize,), f32, Self>, Self::Err> {
        let bits = |value: &usize| Ok(f32::from_bits(Self::int(*value)?.cast_unsigned()));
        let bits: Vec<f32> = values.iter().map(bits).collect::<Result<_, Self::Err>>()?;
        self.try_tensor_from_vec(bits, (values.len(),))
    }

    /// `to += parts[0] + parts[1] + ...`, parts of `n` numbers.
    fn add_parts(&self, parts: Address, to: Address, count: i32, n: i32) -> Result<(), Self::Err> {
        self.launch(&SUMS, "add_parts", Grid::each(n), args![parts, to, count, n])
    }

    /// `to[j] +=` the sum of `x[i][j]` over the rows.
    fn add_columns(&self, x: Address, to: Address, rows: i32, columns: i32) -> Result<(), Self::Err> {
        let wide = columns.cast_unsigned().div_ceil(32);
        // Enough blocks for a large GPU, and enough rows for each.
        let count = (512 / wide.max(1)).min(rows.cast_unsigned().div_ceil(64)).max(1);
        let mut parts = self.memory(count as usize * columns as usize)?;
        let parts = Self::at_buffer(&mut parts);
        let grid = Grid {
            blocks: [wide, count, 1],
            threads: 256,
        };
        self.launch(&SUMS, "column_parts", grid, args![x, parts, rows, columns])?;
        self.add_parts(parts, to, count.cast_signed(), columns)
    }

    /// `y[i][j] += bias[j]`.
    fn add_bias(&self, y: Address, bias: Address, n: i32, columns: i32) -> Result<(), Self::Err> {
        self.launch(&SUMS, "add_bias", Grid::each(n), args![y, bias, n, columns])
    }
}
