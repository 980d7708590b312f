"""A marketplace that never was: its history as a file, and sellers worth looking at."""
