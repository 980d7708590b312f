"""What lets an outsider check the log: canonical bytes, tree and checkpoints."""
