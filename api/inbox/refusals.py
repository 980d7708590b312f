"""Why a message is no command that can be taken. `docs/kafka.md` says what would be."""

from collections.abc import Sequence

from api.refusals import WrongScope
from ledger.facts.ids import ID_ACCEPTED
from ledger.facts.refusal import Refusal


class NoCommand(Refusal):
    """A message without a value takes something away elsewhere; commands are never taken back."""

    def __init__(self) -> None:
        super().__init__("the message has no value", accepted="a command as a JSON object in UTF-8")


class KeyMissing(Refusal):
    """Without a key, or with one that is no id, nobody knows what the message is in order with."""

    def __init__(self, found: str) -> None:
        super().__init__(f"the message has {found}", field="key", accepted=ID_ACCEPTED)


class KeyMismatch(Refusal):
    """The key is not that of whom the command is about, so that it would come out of order."""

    def __init__(self, field: str, accepted: Sequence[str]) -> None:
        super().__init__(
            f"the key of the message is not its command's {field}",
            field="key",
            accepted=" or ".join(accepted),
        )


class HeaderRefused(Refusal):
    """A header that nobody here reads, or that cannot be read."""

    def __init__(self, name: str, why: str, accepted: str) -> None:
        super().__init__(f"the header {name[:80]!r} {why}", field=name[:80], accepted=accepted)


class OtherVersion(Refusal):
    """The message follows another version of what is agreed than the one that is read here."""

    def __init__(self, field: str, found: str, accepted: str) -> None:
        super().__init__(f"{field} is {found[:80]!r}", field=field, accepted=accepted)


class FieldToldTwice(Refusal):
    """Of two values only one could be heeded, and the other would be ignored."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"the field {name[:80]} is told twice", field=name[:80], accepted="one value"
        )


class NotFromTopics(WrongScope):
    """The operator did not open the commands' topic to this."""

    def __init__(self, wanted: str) -> None:
        Refusal.__init__(
            self,
            f"the topic is not open to commands that ask for {wanted}",
            field="command",
            accepted=f"the same over HTTP, with a key of scope {wanted}; or the topic opened to it "
            "with LEDGER_KAFKA_SCOPES",
        )
