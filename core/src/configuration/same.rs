//! Comparison of types at run time.

use core::any::TypeId;

/// Returns whether two types are the same.
pub(crate) fn is<T: 'static, U: 'static>() -> bool {
    TypeId::of::<T>() == TypeId::of::<U>()
}
