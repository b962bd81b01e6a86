//! Macros of one crate that memoize functions of another.

/// Memoizes functions that load what `load` makes, a name for each feature.
#[macro_export]
macro_rules! memoized_functions {
    (
        $vis:vis $plain:ident, $keyed:ident, $skipping:ident, $fallible:ident, $lent:ident,
        $generic:ident, $twins:ident, $twins_by_key:ident, $named:ident, $computed:ident,
        by $argument:ident: $ty:ty, fails with $error:ty, kept for $life:literal, at most $most:expr
    ) => {
        #[$crate::evermemo::memoize(crate = $crate::evermemo, expire_after = $life)]
        $vis async fn $plain(argument: $ty) -> $ty {
            argument
        }

        #[$crate::evermemo::memoize(crate = $crate::evermemo, key = $argument.to_string())]
        $vis async fn $keyed($argument: $ty, argument: $ty) -> ($ty, $ty) {
            ($argument, argument)
        }

        #[$crate::evermemo::memoize(crate = $crate::evermemo, skip($argument))]
        $vis async fn $skipping($argument: $ty, argument: $ty) -> ($ty, $ty) {
            ($argument, argument)
        }

        #[$crate::evermemo::memoize(crate = $crate::evermemo, capacity = $most * 2)]
        $vis async fn $fallible(argument: $ty) -> ::std::result::Result<$ty, $error> {
            <$ty>::checked_add(argument, 1).ok_or_else(<$error>::default)
        }

        #[$crate::evermemo::memoize(crate = $crate::evermemo)]
        $vis async fn $lent($argument: &[$ty], cache: &str) -> usize {
            $argument.len() + cache.len()
        }

        #[$crate::evermemo::memoize(crate = $crate::evermemo)]
        $vis async fn $generic<T>(this: &[T], load: $ty) -> Vec<T>
        where
            T: Clone + Eq + ::std::hash::Hash + Send + Sync + 'static,
        {
            this.iter().take(load as usize).cloned().collect()
        }

        // Two arguments of one name, where the caller calls its own so.
        #[$crate::evermemo::memoize(crate = $crate::evermemo)]
        $vis async fn $twins($argument: $ty, id: $ty) -> ($ty, $ty) {
            ($argument, id)
        }

        #[$crate::evermemo::memoize(crate = $crate::evermemo, key = $argument % 2)]
        $vis async fn $twins_by_key($argument: $ty, id: $ty) -> ($ty, $ty) {
            ($argument, id)
        }

        #[$crate::evermemo::memoize(crate = $crate::evermemo, key = format!("{id} {}", $argument))]
        $vis async fn $named($argument: &str, id: &$ty, this: u8) -> String {
            format!("{id} {} {this}", $argument)
        }

        #[$crate::evermemo::memoize(crate = $crate::evermemo, cache_if = |found| *found < $most)]
        $vis async fn $computed(($argument, id): ($ty, $ty)) -> $ty {
            let found = $argument;
            found - id
        }
    };
}
