//! An entry as the table keeps it.

use super::standing::Standing;

/// An entry: 32 bytes for a `u64` under a `u64`.
pub(super) struct Resident<K, V> {
    pub(super) key: K,
    pub(super) value: V,
    pub(super) standing: Standing,
}

#[cfg(all(test, target_pointer_width = "64", not(any(shuttle, evermemo_loom))))]
mod tests {
    use super::*;
    use crate::sync::Arc;
    use alloc::string::String;

    #[test]
    fn it_is_as_small_as_it_was_meant_to_be() {
        assert_eq!(size_of::<Resident<u64, u64>>(), 32);
        assert_eq!(size_of::<Resident<String, Arc<u64>>>(), 48);
    }
}
