"""Reports: who complained of whom, and what came of it, as their facts leave them. Pure."""
