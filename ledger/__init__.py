"""The truth: facts about sellers, and what follows from them."""
