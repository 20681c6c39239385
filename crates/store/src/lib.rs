//! Everything durable; the only SQL of Probity.
