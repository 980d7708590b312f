"""Where Kafka is, how it wants to be entered, and which client enters."""

from typing import Literal, NamedTuple, TypeAlias

Client: TypeAlias = Literal["kafka-python", "confluent"]
Protocol: TypeAlias = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
"""As Kafka's own settings call them: SSL is TLS, SASL is a name and a password."""
Mechanism: TypeAlias = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


class Secret(str):
    """A text that is passed on and never shown: not in a log, not in a traceback."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'…'"


class Security(NamedTuple):
    """What a broker asks of those who connect. Files are PEM."""

    protocol: Protocol = "PLAINTEXT"
    mechanism: Mechanism = "SCRAM-SHA-512"
    username: str | None = None
    password: Secret | None = None
    ca_file: str | None = None
    """Whom to believe; absent: whom the machine believes."""
    certificate_file: str | None = None
    key_file: str | None = None


class Address(NamedTuple):
    """A Kafka cluster as one ledger uses it."""

    bootstrap: str
    """`host:port`, or several with commas."""
    prefix: str = ""
    """Put before the names of topics, senders and groups: several ledgers can share a cluster."""
    client: Client = "kafka-python"
    security: Security = Security()
