"""The log as immutable Parquet segments: for analysts in its own order, for replays by seller."""
