"""What follows from a request: pure functions, one module per subject."""
