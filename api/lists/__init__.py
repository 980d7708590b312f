"""Lists: described once, answered as pages of JSON or whole as CSV, NDJSON and Parquet."""
