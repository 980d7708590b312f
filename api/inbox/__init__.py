"""Commands from Kafka: each taken once, in the transaction that moves its partition's position."""
