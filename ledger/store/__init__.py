"""Where facts are kept: PostgreSQL, and the only part that knows the store's library."""
