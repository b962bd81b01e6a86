//! Nothing old wins over something newer.
