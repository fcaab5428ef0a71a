//! Vector registers: one interface over AVX-512, AVX2 and plain Rust, chosen when the program runs.

use std::sync::OnceLock;

/// Which instructions the kernels use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Plain Rust; what the compiler makes of it on any processor.
    Portable,
    /// 8 numbers per register, fused multiply-add (x86-64 since 2013).
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// 16 numbers per register.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Level {
    /// All that this processor can run, the best last.
    pub fn available() -> Vec<Self> {
        #[cfg_attr(
            not(target_arch = "x86_64"),
            expect(unused_mut, reason = "there is one level elsewhere")
        )]
        let mut levels = vec![Self::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            if avx2 {
                levels.push(Self::Avx2);
            }
            // All that the loops behind `widened!` may use; every processor with AVX-512 since 2017 has them together.
            let avx512 = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512dq");
            if avx2 && avx512 {
                levels.push(Self::Avx512);
            }
        }
        levels
    }

    /// The best that this processor can run, or less where the variable `GRADUS_SIMD` says so (`portable`, `avx2`,
    /// `avx512`). The same for the whole run of a program: other registers round other sums.
    pub fn get() -> Self {
        static LEVEL: OnceLock<Level> = OnceLock::new();
        *LEVEL.get_or_init(|| {
            let wanted = std::env::var("GRADUS_SIMD").unwrap_or_default().to_lowercase();
            let available = Self::available();
            let named = available
                .iter()
                .find(|level| format!("{level:?}").to_lowercase() == wanted);
            *named.or(available.last()).unwrap_or(&Self::Portable)
        })
    }
}

/// Compiles a loop three times, for the registers of each [`Level`], and calls the version for this processor.
///
/// The loop stands in a function that is `#[inline(always)]`, or it would be compiled for the smallest registers only.
/// Each number is computed by the same steps in all versions, so the results are the same.
macro_rules! widened {
    ($(#[$doc:meta])* $visibility:vis fn $name:ident($($argument:ident: $type:ty),* $(,)?) = $body:path;) => {
        $(#[$doc])*
        $visibility fn $name($($argument: $type),*) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512vl,avx512dq")]
                fn avx512($($argument: $type),*) {
                    $body($($argument),*)
                }
                #[target_feature(enable = "avx2,fma")]
                fn avx2($($argument: $type),*) {
                    $body($($argument),*)
                }
                match $crate::ops::cpu::simd::Level::get() {
                    // SAFETY: `Level::get` names a level only where the processor has its instructions.
                    $crate::ops::cpu::simd::Level::Avx512 => return unsafe { avx512($($argument),*) },
                    $crate::ops::cpu::simd::Level::Avx2 => return unsafe { avx2($($argument),*) },
                    $crate::ops::cpu::simd::Level::Portable => {}
                }
            }
            $body($($argument),*)
        }
    };
}

pub(crate) use widened;

/// A register of `LANES` numbers.
///
/// # Safety
/// The methods of a type may only run on a processor that has its instructions. Pointers need not be aligned, but
/// `LANES` numbers from them on must be inside one allocation.
pub(super) trait Vector: Copy {
    const LANES: usize;
    unsafe fn splat(value: f32) -> Self;
    unsafe fn load(from: *const f32) -> Self;
    unsafe fn store(self, to: *mut f32);
    /// `self + other`.
    unsafe fn add(self, other: Self) -> Self;
    /// `self + a * b`, in one rounding where the processor can.
    unsafe fn mul_add(self, a: Self, b: Self) -> Self;
}

/// Eight numbers that the compiler is left to put into registers.
#[derive(Clone, Copy)]
pub(super) struct Plain([f32; 8]);

impl Vector for Plain {
    const LANES: usize = 8;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self([value; 8])
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller's promise; an array of f32 needs no more alignment than an f32.
        Self(unsafe { *from.cast() })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: as above.
        unsafe { *to.cast() = self.0 }
    }

    #[inline(always)]
    unsafe fn add(mut self, other: Self) -> Self {
        for i in 0..8 {
            self.0[i] += other.0[i];
        }
        self
    }

    #[inline(always)]
    unsafe fn mul_add(mut self, a: Self, b: Self) -> Self {
        for i in 0..8 {
            // Where there is no such instruction, `mul_add` would call a function that works bit by bit.
            self.0[i] = if cfg!(any(target_arch = "aarch64", target_feature = "fma")) {
                a.0[i].mul_add(b.0[i], self.0[i])
            } else {
                self.0[i] + a.0[i] * b.0[i]
            };
        }
        self
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::Vector;

    macro_rules! register {
        ($Name:ident($inner:ty), $lanes:literal, $splat:ident, $load:ident, $store:ident, $add:ident, $fma:ident) => {
            #[derive(Clone, Copy)]
            pub(in super::super) struct $Name($inner);

            // SAFETY (all): whoever may call a method has the instructions, and the pointers reach `LANES` numbers.
            impl Vector for $Name {
                const LANES: usize = $lanes;

                #[inline(always)]
                unsafe fn splat(value: f32) -> Self {
                    Self(unsafe { $splat(value) })
                }

                #[inline(always)]
                unsafe fn load(from: *const f32) -> Self {
                    Self(unsafe { $load(from) })
                }

                #[inline(always)]
                unsafe fn store(self, to: *mut f32) {
                    unsafe { $store(to, self.0) }
                }

                #[inline(always)]
                unsafe fn add(self, other: Self) -> Self {
                    Self(unsafe { $add(self.0, other.0) })
                }

                #[inline(always)]
                unsafe fn mul_add(self, a: Self, b: Self) -> Self {
                    Self(unsafe { $fma(a.0, b.0, self.0) })
                }
            }
        };
    }

    register!(
        Eight(__m256),
        8,
        _mm256_set1_ps,
        _mm256_loadu_ps,
        _mm256_storeu_ps,
        _mm256_add_ps,
        _mm256_fmadd_ps
    );
    register!(
        Sixteen(__m512),
        16,
        _mm512_set1_ps,
        _mm512_loadu_ps,
        _mm512_storeu_ps,
        _mm512_add_ps,
        _mm512_fmadd_ps
    );
}

#[cfg(target_arch = "x86_64")]
pub(super) use x86::{Eight, Sixteen};
