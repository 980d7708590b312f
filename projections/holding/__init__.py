"""Holding what is kept beside the log against the facts that it belongs to."""
