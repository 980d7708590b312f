"""What becomes of a seller's products in campaigns, in the same append as what became of
the seller.

Most sellers have none. Which do is asked once for all requests that are taken together.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Final, cast

from ledger.decide.appeal_commands import DecideAppeal
from ledger.decide.commands import AnnulViolation, Command, ImposeSanction, RecordViolation
from ledger.decide.withdrawals import BEARING, Following
from ledger.facts.ids import fact_id, seller_of
from ledger.promotions.enrolment import Enrolment
from ledger.store.turn import Turn

MAY_BEAR: Final = (RecordViolation, AnnulViolation, ImposeSanction, DecideAppeal)
"""Commands after which products may be taken out or let back. Others that do are looked after too,
each with a question of its own.
"""


def look_up_products(turn: Turn, commands: Sequence[Command]) -> None:
    """Find out at once which cases depend on what becomes of these commands' sellers."""
    if not turn.cases.is_anybody_concerned(turn.at):
        return
    sellers = {command.seller_id for command in commands if isinstance(command, MAY_BEAR)}
    turn.cases.look_up_concerned(sellers, turn.at)


def follow(turn: Turn, since: int) -> None:
    """Append what follows for products from the facts of the turn behind the first `since`."""
    if not turn.cases.is_anybody_concerned(turn.last_recorded_at):
        return
    bearing = [a for a in turn.facts[since:] if isinstance(a.fact, BEARING)]
    if not bearing:
        return
    for stream, own in groupby(bearing, key=lambda appended: appended.stream):
        seller_id = cast(str, seller_of(stream))
        appended = list(own)
        at = appended[-1].fact.recorded_at
        concerned = turn.cases.concerned_by(seller_id, at)
        if not concerned:
            continue
        turn.load_cases(concerned)
        cause = fact_id(stream, appended[0].version)
        facts = [a.fact for a in appended]
        following = Following(turn.seller(seller_id), facts, cause, at, turn.rulebook)
        for enrolled in concerned:
            case = turn.cases[enrolled]
            fact = following.of(case) if isinstance(case, Enrolment) else None
            if fact is not None:
                turn.append_case(enrolled, [fact])
