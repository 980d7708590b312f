"""Why a request is turned away at the door, before the ledger is asked anything."""

from collections.abc import Iterable

from ledger.facts.refusal import Refusal
from ledger.store.refusals import NotNow


class MalformedBody(Refusal):
    """The body cannot be read, or a field of it is not what it should be."""


class MalformedParameter(Refusal):
    """A part of the address cannot be read."""


class UnknownParameter(Refusal):
    """The route has no such query parameter: a misspelt one must not be ignored."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        names = ", ".join(sorted(known))
        super().__init__(
            f"there is no query parameter {name[:80]!r} here",
            field=name[:80],
            accepted=names or "no query parameters",
        )


class RepeatedParameter(MalformedParameter):
    """Of two values only one could be heeded, and the other would be ignored."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is told twice", field=name, accepted="one value")


class BodyTooLarge(Refusal):
    """More bytes than anybody needs for this."""

    def __init__(self, most: int, what: str = "the body") -> None:
        super().__init__(f"{what} is too large", accepted=f"up to {most:,} bytes")


class BodyCutOff(Refusal):
    """The client left, or finished sending, before the end of its body."""

    def __init__(self) -> None:
        super().__init__(
            "the body ended before its announced length; nothing was written",
            accepted="as many bytes as Content-Length says, or a last chunk",
        )


class BodyTooSlow(Refusal):
    """The client holds the line and does not send."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            f"the body did not come within {seconds} seconds", accepted="a body sent in one go"
        )


class WrongMediaType(Refusal):
    """The body is not of a kind that this route reads."""

    def __init__(self, given: str, accepted: str) -> None:
        named = f"Content-Type {given[:80]!r}" if given else "a body without Content-Type"
        super().__init__(f"{named} is not read here", field="Content-Type", accepted=accepted)


class NotAcceptable(Refusal):
    """The route cannot answer in any kind that the client accepts."""

    def __init__(self, offered: Iterable[str]) -> None:
        super().__init__(
            "no answer can be given in what Accept names",
            field="Accept",
            accepted=", ".join(offered),
        )


class NotAuthenticated(Refusal):
    """Nobody is known by the key that was shown, or none was shown."""

    accepted = "Authorization: Bearer <key>, with a key that is neither expired nor revoked"


class NotThisMachine(Refusal):
    """Without keys this machine alone is served, and another site's page asked for it."""

    def __init__(self, header: str, given: str) -> None:
        super().__init__(
            f"{header} {given[:80]!r} is not this machine, and without keys nothing else may ask",
            field=header,
            accepted="127.0.0.1, [::1], localhost, or the host in LEDGER_CONSOLE_ADDRESS",
        )


class WrongScope(Refusal):
    """The key is good, but not for this."""

    def __init__(self, wanted: str) -> None:
        super().__init__(
            "the key does not have the scope for this", accepted=f"a key with {wanted}"
        )


class OtherSeller(Refusal):
    """A seller's key opens only that seller's own pages."""

    def __init__(self) -> None:
        super().__init__(
            "the key belongs to another seller", field="seller_id", accepted="the key's own seller"
        )


class ActorMismatch(Refusal):
    """The body names somebody other than the one whose key it is."""

    def __init__(self, field: str, subject: str) -> None:
        super().__init__(
            f"{field} names somebody other than the key's subject", field=field, accepted=subject
        )


class UnknownPage(Refusal):
    """Nothing is kept at this address."""


class UnknownFact(Refusal):
    """No fact has this address."""

    def __init__(self) -> None:
        super().__init__(
            "no fact has this address",
            field="fact_id",
            accepted="a fact_id as receipts and lists show it, such as seller-s-1.3",
        )


class UnknownNotice(Refusal):
    """The seller has no such notice."""

    def __init__(self) -> None:
        super().__init__(
            "the seller has no such notice",
            field="notice_id",
            accepted="a notice_id as the seller's notices give it",
        )


class NoTestClock(Refusal):
    """This ledger goes by the system's clock."""

    def __init__(self) -> None:
        super().__init__(
            "this ledger goes by the system's clock, which nobody moves",
            accepted="a server that was started with LEDGER_CLOCK=test",
        )


class PositionInFuture(Refusal):
    """Nothing can be read from behind the log's end: the position is of another log, or made up."""

    def __init__(self, asked: int, last: int, field: str) -> None:
        super().__init__(
            f"{field} {asked} lies behind the log's end",
            field=field,
            accepted=f"a position up to {last}",
        )


class NotVerifiedYet(Refusal):
    """No `verify` of this ledger was kept."""

    def __init__(self) -> None:
        super().__init__(
            "nobody has verified this ledger's record yet, where it runs",
            accepted="this request once `seller-ledger verify` has run there",
        )


class ReadNotRecorded(NotNow):
    """Who reads sensitive records is written down first, and that cannot be done now."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(f"the read cannot be recorded now, and is not answered without: {why}")
        if isinstance(why, NotNow):
            self.retry_after_s = why.retry_after_s
