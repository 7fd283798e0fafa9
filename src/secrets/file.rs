//! An encrypted file.
