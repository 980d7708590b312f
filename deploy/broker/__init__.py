"""Apache Kafka on this machine alone, for tests and for trying things: no container is needed."""
