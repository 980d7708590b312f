"""CloudEvents 1.0 in the binary mode of its Kafka binding: attributes are headers, data the value.

The binding asks for UTF-8 as it is; to write characters as percent signs is a rule of HTTP's alone.
"""

from typing import Final

from projections.broker.messages import Headers

PREFIX: Final = "ce_"
CONTENT_TYPE: Final = ("content-type", b"application/json")
SPEC_VERSION: Final = ("ce_specversion", b"1.0")

ATTRIBUTES: Final = {
    "specversion": "Which version of CloudEvents this is.",
    "id": "Of a fact: its position in the log. Of a standing: the seller, the position and the "
    "policy. Within one source nothing else has it.",
    "source": "The log's own name, which no other log has.",
    "type": "Of a fact: its kind. Of a standing: `standing.v1`.",
    "time": "When the ledger came to know the fact; as of when a standing holds.",
    "subject": "The seller; of facts about no seller, their stream.",
    "factid": "The fact's address: its stream and its version there.",
    "effectiveat": "From when what the fact says holds.",
    "actor": "The opaque id of the person or service behind it.",
    "causedby": "The address of the fact that this one followed from.",
    "correlationid": "What the asking system calls the matter.",
    "policy": "The edition of the rules by which it was decided.",
}
"""Every attribute that a message may carry, and what it says."""
ALWAYS: Final = ("specversion", "id", "source", "type", "time", "subject")
OF_FACTS: Final = ("factid", "effectiveat", "actor")
"""Those that every fact has beside them; the others only where there is something to say."""


class Envelope:
    """Writes the headers of one log's messages."""

    def __init__(self, source: str) -> None:
        self._source = ("ce_source", source.encode())

    def of(
        self, name: str, kind: str, time: str, subject: str, *others: tuple[str, str | None]
    ) -> Headers:
        """The headers of one message. `others` are extension attributes; what is None is left
        out, as CloudEvents knows no null.
        """
        return (
            SPEC_VERSION,
            ("ce_id", name.encode()),
            self._source,
            ("ce_type", kind.encode()),
            ("ce_time", time.encode()),
            ("ce_subject", subject.encode()),
            *[(PREFIX + key, value.encode()) for key, value in others if value is not None],
            CONTENT_TYPE,
        )
