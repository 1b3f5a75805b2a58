//! `tb sent`, and the ledger as its owner sees it.
