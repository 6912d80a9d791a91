"""The tamper-evident journal: entries, Merkle tree, notes, proofs, and the SQLite log. Judges nothing."""
