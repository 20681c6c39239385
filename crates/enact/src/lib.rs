//! Everything out.
