//! Who may do what: callers, permissions, accounts of staff, signing in, limits.

pub mod account;
pub mod audit;
pub mod caller;
pub mod guesses;
pub mod limits;
pub mod oidc;
pub mod password;
pub mod permission;
pub mod proxies;
pub mod sign_in;
pub mod staff;
pub mod totp;
