"""The way out: every fact, the latest standings and what could not be taken, as messages."""
