//! Which calls share an answer.
