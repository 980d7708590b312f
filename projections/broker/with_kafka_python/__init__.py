"""The client that is always there: kafka-python, which is written in Python alone."""
