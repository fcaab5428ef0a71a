//! What every operation on the CPU needs from dfdx: the numbers of a tensor, and its gradient.

use std::any::Any;
use std::cell::RefCell;
use std::ops::Deref;

use dfdx::prelude::*;

/// The numbers of a tensor in row-major order, for as long as an operation needs them.
///
/// They are shared with the tensor, not copied, unless it was permuted or broadcast. dfdx copies them itself should
/// somebody change the tensor in the meantime.
pub(crate) struct Values<S: Shape>(Tensor<S, f32, Cpu>);

/// The numbers of `t` in row-major order.
pub(crate) fn values<S: Shape>(t: &Tensor<S, f32, Cpu>) -> Result<Values<S>, CpuError> {
    Ok(Values(t.clone().try_contiguous()?))
}

impl<S: Shape> Deref for Values<S> {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        let Some((n, first, last)) = ends(self.0.shape()) else {
            return &[];
        };
        let (first, last) = (&raw const self.0[first], (&raw const self.0[last]).addr());
        assert_eq!(last - first.addr(), (n - 1) * size_of::<f32>(), "row-major numbers");
        // SAFETY: dfdx's index found the first and the last number inside the vector of the tensor, and they are `n - 1`
        // numbers apart: all that lies between is in the vector too, initialized. `self.0` holds the vector for as long as
        // the slice lives, and nobody writes to it meanwhile: dfdx, and `values_mut` through dfdx's index, change a vector
        // through `Arc::make_mut`, which makes a copy where another tensor, such as `self.0`, holds it as well.
        // The pointer was made from a reference to one number and is followed to its neighbours: right by the rules of
        // Tree Borrows and for the compiler as it is, though the older Stacked Borrows would not have it.
        unsafe { std::slice::from_raw_parts(first, n) }
    }
}

/// The numbers of `t` in row-major order, to change them where they stand. dfdx copies them first where another tensor
/// shares them.
///
/// # Panics
/// Where they do not stand in that order: `t` was permuted or broadcast.
pub(crate) fn values_mut<S: Shape>(t: &mut Tensor<S, f32, Cpu>) -> &mut [f32] {
    let Some((n, first, last)) = ends(t.shape()) else {
        return &mut [];
    };
    assert!(row_major(t), "row-major numbers");
    let last = (&raw mut t[last]).addr();
    let first = &raw mut t[first];
    assert_eq!(last - first.addr(), (n - 1) * size_of::<f32>(), "row-major numbers");
    // SAFETY: as above for the range. The mutable index made the vector the tensor's own, so no `Values` and no other
    // tensor sees it, and `t` is borrowed mutably for as long as the slice lives: nobody can come to share it meanwhile.
    unsafe { std::slice::from_raw_parts_mut(first, n) }
}

/// Whether the numbers of `t` stand in row-major order: it was not permuted or broadcast.
pub(crate) fn row_major<S: Shape>(t: &Tensor<S, f32, Cpu>) -> bool {
    let Some((_, first, _)) = ends(t.shape()) else {
        return true;
    };
    let (sizes, mut step) = (t.shape().concrete(), 1);
    for axis in (0..S::NUM_DIMS).rev() {
        if sizes[axis] > 1 {
            let mut next = first;
            next[axis] = 1;
            let distance = (&raw const t[next]).addr().wrapping_sub((&raw const t[first]).addr());
            if distance != step * size_of::<f32>() {
                return false;
            }
        }
        step *= sizes[axis];
    }
    true
}

/// `t` with numbers that may be written over, in row-major order; and whether they still stand where they stood, because
/// nobody else holds them. Then what takes their place goes by the name of `t`, and so does its gradient. Otherwise they
/// are a copy with a name of its own.
pub(crate) fn to_overwrite<S: Shape>(t: Tensor<S, f32, Cpu>) -> Result<(Tensor<S, f32, Cpu>, bool), CpuError> {
    let before = ends(t.shape()).map(|(_, first, _)| &raw const t[first]);
    let mut t = t.try_contiguous()?;
    let at = values_mut(&mut t).as_ptr();
    let in_place = before.is_none_or(|before| std::ptr::eq(before, at));
    if !in_place {
        // dfdx gives what it computes in place a new name; times one changes nothing.
        t = t.try_mul(1.0)?;
    }
    Ok((t, in_place))
}

/// How many numbers a tensor of this shape has, the index of the first and that of the last. `None` where it has none.
fn ends<S: Shape>(shape: &S) -> Option<(usize, S::Concrete, S::Concrete)> {
    let n = shape.num_elements();
    let (first, mut last) = (S::Concrete::default(), shape.concrete());
    for axis in 0..S::NUM_DIMS {
        last[axis] = last[axis].checked_sub(1)?;
    }
    Some((n, first, last))
}

thread_local! {
    /// The address of the numbers that [`Unasked`] names, and the tensor that keeps them there.
    static UNASKED: RefCell<Option<(*const f32, Box<dyn Any>)>> = const { RefCell::new(None) };
}

/// As long as this lives, operations on this thread leave out the gradient of one tensor: the batch that a network is
/// fed, for which nobody asks. In a first layer that is a third of the work.
pub(crate) struct Unasked(());

impl Unasked {
    /// Nobody will ask for the gradient of `x`.
    pub fn new<S: Shape>(x: &Tensor<S, f32, Cpu>) -> Result<Self, CpuError> {
        let values = values(x)?;
        // The tensor is kept, or its address might become that of another one.
        UNASKED.set(Some((values.as_ptr(), Box::new(values))));
        Ok(Self(()))
    }

    /// Whether nobody will ask for the gradient of the tensor with these numbers.
    pub fn is(values: &[f32]) -> bool {
        let named = |(at, _): &(*const f32, Box<dyn Any>)| std::ptr::eq(*at, values.as_ptr());
        !values.is_empty() && UNASKED.with_borrow(|unasked| unasked.as_ref().is_some_and(named))
    }
}

impl Drop for Unasked {
    fn drop(&mut self) {
        UNASKED.set(None);
    }
}

/// Moves the gradient of the tensor out of `gradients`, so that another one can be written at the same time.
/// It must be put back with `restore!`: callers may ask for the gradient of any tensor afterwards.
///
/// A macro, because the trait that tensors and their ghosts share has no public name in dfdx.
macro_rules! take {
    ($gradients:expr, $tensor:expr) => {
        std::mem::take(&mut **$gradients.get_or_alloc_mut($tensor)?)
    };
}

/// Puts back what `take!` moved out.
macro_rules! restore {
    ($gradients:expr, $tensor:expr, $values:expr) => {
        **$gradients.get_or_alloc_mut($tensor)? = $values
    };
}

pub(crate) use {restore, take};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_follow_the_shape_and_not_the_memory() {
        let dev = Cpu::default();
        let t = dev.tensor([[1.0f32, 2.0, 3.0], [4.0, 5.0, 6.0]]);
        let turned: Tensor<Rank2<3, 2>, f32, Cpu> = t.clone().permute();
        assert_eq!(*values(&turned).expect("memory"), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
        let row: Tensor<Rank2<2, 3>, f32, Cpu> = dev.tensor([7.0f32, 8.0, 9.0]).broadcast();
        assert_eq!(*values(&row).expect("memory"), [7.0, 8.0, 9.0, 7.0, 8.0, 9.0]);
        let empty: Tensor<(usize, usize), f32, Cpu> = dev.zeros_like(&(0, 3));
        assert!(values(&empty).expect("memory").is_empty());
        let (mut changed, kept) = (t.clone(), t);
        values_mut(&mut changed)[5] = 0.0;
        assert_eq!((changed.as_vec()[5], kept.as_vec()[5]), (0.0, 6.0));
    }
}
