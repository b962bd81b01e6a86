//! What each caller gets of the stored value.
