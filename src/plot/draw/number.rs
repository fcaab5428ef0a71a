//! The numbers that a chart takes.

/// A number that a chart can draw: any of Rust's common number types.
pub trait Number: Copy + sealed::Sealed {
    /// The number as `f64`.
    fn to_f64(self) -> f64;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! numbers {
    ($($t:ty)*) => {$(
        impl sealed::Sealed for $t {}
        impl Number for $t {
            fn to_f64(self) -> f64 {
                self as f64
            }
        }
    )*};
}
numbers!(f32 f64 u8 u16 u32 u64 usize i8 i16 i32 i64 isize);
