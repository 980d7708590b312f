"""Facts of a kind: looked for where they stand, and told as if the whole log had been walked."""

from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest

from api.lists.facts import facts
from api.lists.moments import Moments
from projections import fact_kinds_reading
from projections.catalogue import projections
from projections.fact_kinds_reading import stretches_of
from projections.rebuild import rebuild
from projections.views import Views
from tests.api.routes.marketplace import lived_in
from tests.api.routes.test_lists import pages
from tests.api.routes.world import World, world_of
from tests.conftest import database


@pytest.fixture(scope="module")
def market(postgres: str, template: str) -> Iterator[World]:
    with database(postgres, template) as (_, dsn), world_of(dsn, clock="test") as world:
        lived_in(world)
        yield world


KINDS = [
    ["violation-recorded"],
    ["sanction-imposed.v1"],
    ["policy-published", "sanction-waived"],
    ["second-person-confirmed.v1"],
    ["violation-recorded", "violation-recorded.v1", "violation-annulled"],
]


@pytest.mark.parametrize("thousand", [1, 3, 10])
@pytest.mark.parametrize("known", [0, 40, None])
@pytest.mark.parametrize("kinds", KINDS, ids=str)
def test_by_kind(
    market: World,
    monkeypatch: pytest.MonkeyPatch,
    kinds: list[str],
    known: int | None,
    thousand: int,
) -> None:
    """With smaller thousands, and with a view that is behind."""
    monkeypatch.setattr(fact_kinds_reading, "AT_ONCE", 2)
    everything = pages(market, "/v1/facts", "facts", 1000)
    names = [name.partition(".")[0] for name in kinds]
    wanted = [f for f in everything if f["kind"].partition(".")[0] in names]
    assert pages(market, "/v1/facts", "facts", 7, kind=kinds) == wanted
    with market.ledger.reader.snapshot() as cursor:
        monkeypatch.setattr(fact_kinds_reading, "THOUSAND", thousand)
        there = [int(f["position"]) for f in wanted]
        look = Looked(cursor, there, thousand, len(everything) if known is None else known)
        for after, to in ((0, len(everything)), (17, 60), (30, 31)):
            found = list(stretches_of(look, [], after, to))
            places = {p for above, up_to in found for p in range(above + 1, up_to + 1)}
            assert {p for p in there if after < p <= to} <= places <= set(range(after + 1, to + 1))
            assert sum(up_to - above for above, up_to in found) == len(places)


def test_a_view_replaced_meanwhile_hides_nothing(dsn: str) -> None:
    """A rebuild's rows are younger than the moment that is being read: it waits, or is not seen."""
    with world_of(dsn, clock="test") as world:
        lived_in(world)
        log = world.ledger
        wanted = pages(world, "/v1/facts", "facts", 1000, kind="violation-recorded")
        moments = Moments(log.reader, Views(log.reader, projections()))
        asked = facts(["violation-recorded"])
        with moments.of(asked) as (cursor, moment):
            switching = Thread(target=rebuild, args=(dsn, log.clock, ["fact-kinds"]))
            switching.start()
            switching.join(2)
            found = [row.position for _, row in asked.rows(cursor, None, 1000)]
        switching.join()
        assert moment.position >= int(wanted[-1]["position"])
        assert found == [fact["position"] for fact in wanted]


class Looked:
    """A cursor on a view with thousands of another size."""

    def __init__(self, cursor: Any, there: list[int], thousand: int, known: int) -> None:
        self.there = sorted({p // thousand for p in there if p <= known})
        self.known = known
        self.found: list[Any] = []

    def execute(self, _: str, asked: Any = None, **__: Any) -> "Looked":
        if asked is None:
            self.found = [(self.known,)]
        else:
            self.found = [(t,) for t in self.there if t > asked["after"]][: asked["limit"]]
        return self

    def fetchone(self) -> Any:
        return self.found[0]

    def fetchall(self) -> list[Any]:
        return self.found
