//! Signed tree heads: one signature vouches for every entry up to a size.

use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The private key that signs heads.
pub struct Key(SigningKey);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.public().hex())
    }
}

impl Key {
    /// The key with these 32 secret bytes.
    #[must_use]
    pub fn from_bytes(secret: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(secret))
    }

    /// The key from its 64 hex digits.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut secret = [0; 32];
        hex::decode_to_slice(text.trim(), &mut secret).ok()?;
        Some(Self::from_bytes(&secret))
    }

    /// The secret bytes as hex, for the key file.
    #[must_use]
    pub fn secret_hex(&self) -> String {
        hex::encode(self.0.to_bytes())
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Signs the head of a tree.
    #[must_use]
    pub fn sign(&self, size: u64, root: [u8; 32], at: Timestamp) -> TreeHead {
        let mut head = TreeHead { size, root: hex::encode(root), at, signature: String::new() };
        head.signature = hex::encode(self.0.sign(head.signed_text().as_bytes()).to_bytes());
        head
    }
}

/// The public key that verifies heads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// The key from its 64 hex digits.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text.trim(), &mut bytes).ok()?;
        VerifyingKey::from_bytes(&bytes).ok().map(Self)
    }

    /// The key as 64 hex digits.
    #[must_use]
    pub fn hex(&self) -> String {
        hex::encode(self.0.to_bytes())
    }
}

/// The signed state of the tree at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeHead {
    /// The number of entries.
    pub size: u64,
    /// The root hash, hex.
    pub root: String,
    /// When it was signed.
    pub at: Timestamp,
    /// Ed25519 over [`TreeHead::signed_text`], hex.
    pub signature: String,
}

impl TreeHead {
    /// The text that is signed.
    #[must_use]
    pub fn signed_text(&self) -> String {
        format!("probity ledger v1\n{}\n{}\n{}\n", self.size, self.root, self.at)
    }

    /// Whether `key` signed it.
    #[must_use]
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        let mut bytes = [0; 64];
        hex::decode_to_slice(&self.signature, &mut bytes).is_ok()
            && key.0.verify(self.signed_text().as_bytes(), &Signature::from_bytes(&bytes)).is_ok()
    }

    /// The root hash as bytes.
    #[must_use]
    pub fn root_bytes(&self) -> Option<[u8; 32]> {
        let mut root = [0; 32];
        hex::decode_to_slice(&self.root, &mut root).ok()?;
        Some(root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_head_is_not_signed() {
        let key = Key::from_bytes(&[7; 32]);
        let head = key.sign(3, [1; 32], Timestamp::UNIX_EPOCH);
        assert!(head.is_signed_by(&key.public()));
        assert!(!TreeHead { size: 4, ..head.clone() }.is_signed_by(&key.public()));
        assert!(!head.is_signed_by(&Key::from_bytes(&[8; 32]).public()));
    }
}
