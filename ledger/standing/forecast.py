"""`forecast`: what time alone will change about a seller, if nothing more happens (RULES §3.7)."""

from ledger.facts.instants import Instant
from ledger.standing.course import Course, course
from ledger.standing.rulebook import Rulebook
from ledger.standing.seller import Seller


def forecast(
    seller: Seller, rulebook: Rulebook, from_: Instant, known_at: Instant, most: int = 100
) -> Course:
    """What changes after `from_`, at most `most` instants; `seller` is as known at `known_at`.

    Raises `BeforeFirstPack` where no edition was in force.
    """
    return course(seller, rulebook, from_, None, known_at, most)
