//! Types that are compared while running.

use core::any::TypeId;

/// Whether two types are one.
pub(crate) fn is<T: 'static, U: 'static>() -> bool {
    TypeId::of::<T>() == TypeId::of::<U>()
}
