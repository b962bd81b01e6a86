//! One call from its arguments to its answer, and how it is counted.
