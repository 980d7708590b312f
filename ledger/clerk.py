"""Takes requests, loads what they need, decides, and appends the facts."""
