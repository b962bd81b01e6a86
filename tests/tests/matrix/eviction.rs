//! Who leaves when there are too many.
