"""Measures ours against its ceilings, side by side in one run; `python -m bench`."""
