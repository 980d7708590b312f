"""The Merkle tree over the log: its tiles, its checkpoints, and who signs them."""
