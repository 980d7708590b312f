"""The dated rules of a marketplace, and which of them were in force when."""
