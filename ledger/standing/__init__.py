"""The engine: facts, dated rules and an instant give a standing. No clock, no I/O, no chance."""
