"""The quick client, where it is installed (the extra `fast-kafka`): confluent-kafka, in C."""
