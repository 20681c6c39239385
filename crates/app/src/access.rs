//! Access: callers, permissions, staff accounts, signing in and rate limits.

pub mod account;
pub mod audit;
pub mod caller;
pub mod guesses;
pub mod keys;
pub mod limits;
pub mod oidc;
pub mod password;
pub mod permission;
pub mod proxies;
pub mod sign_in;
pub mod staff;
pub mod totp;
