"""Apache Kafka as the ledger uses it: one small interface, and the clients that are behind it."""
