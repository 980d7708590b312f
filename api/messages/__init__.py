"""What messages on Kafka's topics say: a contract of its own, kept in docs/messages."""
