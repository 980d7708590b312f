"""Why there is no standing to give. None of these texts holds a key."""


class Unanswered(Exception):
    """Neither the copy nor the ledger could answer. With a default given, that is the answer."""


class KeyRefused(Unanswered):
    """The ledger does not take this key, or not for standings."""


class Closed(Exception):
    """These standings were closed: make others."""

    def __init__(self) -> None:
        super().__init__("these standings were closed; make new ones to ask again")
