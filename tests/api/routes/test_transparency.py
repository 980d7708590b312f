"""The numbers of transparency reports, against a slow recount of every fact."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from statistics import median
from typing import Any

import pytest

from tests.api.routes.marketplace import cases_lived, lived_in, reports_lived
from tests.api.routes.test_lists import pages
from tests.api.routes.world import World, world_of
from tests.conftest import database

WHOLE = {"from": "2026-01-01T00:00:00Z", "to": "2029-01-01T00:00:00Z"}


@pytest.fixture(scope="module")
def market(postgres: str, template: str) -> Iterator[World]:
    with database(postgres, template) as (_, dsn), world_of(dsn, clock="test") as world:
        lived_in(world)
        cases_lived(world.ledger)
        reports_lived(world.ledger)
        yield world


def counted(world: World, limit: int = 1000, **query: str) -> dict[tuple[str, str, str], Any]:
    rows = pages(world, "/v1/transparency", "counts", limit, **query)
    keys = [(row["about"], row["what"], row["of"]) for row in rows]
    assert keys == sorted(keys)
    told = zip(keys, rows, strict=True)
    return {key: (row["count"], row["median_hours"]) for key, row in told}


def hours(late: str, early: str) -> float:
    took = datetime.fromisoformat(late) - datetime.fromisoformat(early)
    return took.total_seconds() / 3600


class Recount:
    """Every fact once, in order; what is known of a case is kept as plain dictionaries."""

    def __init__(self, facts: list[dict[str, Any]], begin: str, end: str) -> None:
        self.begin, self.end = begin, end
        self.family: dict[Any, str] = {}
        self.filed: dict[Any, tuple[str, str]] = {}
        self.in_error: set[tuple[str, str]] = set()
        self.found: defaultdict[tuple[str, str, str], list[float | None]] = defaultdict(list)
        for fact in facts:
            self.take(fact, fact["kind"].partition(".")[0], fact["data"])

    def take(self, fact: dict[str, Any], kind: str, data: dict[str, Any]) -> None:
        seller = fact["seller_id"]
        match kind:
            case "violation-recorded":
                self.family[seller, data["violation_id"]] = data["family"]
                self.note(fact, "sources", data["source"], data["family"])
                self.note(fact, "violations", "recorded", data["family"])
            case "sanction-imposed":
                how = "by-hand" if data["milestone"] is None else "automated"
                self.note(fact, "sanctions", data["sanction"], how)
                self.note(fact, "sanctions", "imposed", how)
            case "sanction-found-in-error":
                if self.begin <= fact["recorded_at"] < self.end:
                    self.in_error.add((seller, data["sanction_id"]))
                    self.found["sanctions", "found-in-error", "all"] = [None] * len(self.in_error)
            case "sanction-lifted" | "sanction-waived":
                self.note(fact, "sanctions", kind.removeprefix("sanction-"), "all")
            case "funds-frozen":
                self.note(fact, "freezes", "frozen", data["cause"])
            case "report-filed":
                stream = fact["fact_id"].rpartition(".")[0]
                self.filed[stream] = (data["reporter"], fact["recorded_at"])
                self.note(fact, "notices", "filed", data["reporter"])
            case "report-reviewed" | "report-dismissed" | "report-deadline-passed":
                self.end_notice(fact, data)
            case _ if kind.startswith("appeal-") and kind != "appeal-evidence-added":
                self.appeal(fact, kind.removeprefix("appeal-"), data)
            case _:
                pass

    def appeal(self, fact: dict[str, Any], what: str, data: dict[str, Any]) -> None:
        case = (fact["seller_id"], data["violation_id"], data["round"])
        family = self.family[case[:2]]
        if what == "filed":
            self.filed[case] = (family, fact["recorded_at"])
            self.note(fact, "complaints", what, family)
        else:
            took = hours(fact["effective_at"], self.filed[case][1])
            self.note(fact, "complaints", what, family, took)

    def end_notice(self, fact: dict[str, Any], data: dict[str, Any]) -> None:
        reporter, filed_at = self.filed[fact["fact_id"].rpartition(".")[0]]
        passed = fact["kind"].startswith("report-deadline-passed")
        if data.get("held") or (passed and not data["violation_id"]):
            return
        outcome = "violation" if passed else data.get("outcome", "dismissed")
        self.note(fact, "notices", outcome, reporter, hours(fact["effective_at"], filed_at))

    def note(
        self, fact: dict[str, Any], about: str, what: str, of: str, took: float | None = None
    ) -> None:
        if not self.begin <= fact["recorded_at"] < self.end:
            return
        for group in {of, "all"}:
            self.found[about, what, group].append(took)
        if took is not None:
            self.found[about, "ended", "all"].append(took)

    def told(self) -> dict[tuple[str, str, str], Any]:
        return {
            key: (len(took), pytest.approx(median(known), abs=0.006) if known else None)
            for key, took in self.found.items()
            if (known := [one for one in took if one is not None]) is not None
        }


SPANS = [
    ("2026-01-01T00:00:00.000000Z", "2029-01-01T00:00:00.000000Z"),
    ("2026-01-01T00:00:00.000000Z", "2026-06-01T00:00:00.000000Z"),
    ("2027-05-01T00:00:00.000000Z", "2027-10-01T00:00:00.000000Z"),
]


@pytest.mark.parametrize(("begin", "end"), SPANS)
def test_what_a_slow_recount_finds(market: World, begin: str, end: str) -> None:
    facts = pages(market, "/v1/facts", "facts", 1000)
    for known_at in (None, facts[len(facts) // 2]["recorded_at"]):
        known = {} if known_at is None else {"known_at": known_at}
        seen = [f for f in facts if known_at is None or f["recorded_at"] <= known_at]
        wanted = Recount(seen, begin, end).told()
        assert counted(market, **{"from": begin, "to": end}, **known) == wanted
    assert counted(market, 3, **{"from": begin, "to": end}) == Recount(facts, begin, end).told()


def test_everything_that_reports_ask_for_is_there(market: World) -> None:
    found = counted(market, **WHOLE)
    assert {about for about, _, _ in found} == {
        "complaints", "notices", "violations", "sources", "sanctions", "freezes"
    }  # fmt: skip
    assert found["complaints", "ended", "all"][1] is not None
    assert found["sanctions", "suspension", "automated"][0] > 0


def test_a_source_is_never_taken_for_a_total(market: World) -> None:
    before = counted(market, **WHOLE)["violations", "recorded", "all"][0]
    market.record("s-1", "told-by-recorded", "seeds", source="recorded")
    found = counted(market, **WHOLE)
    assert found["violations", "recorded", "all"][0] == before + 1
    assert found["sources", "recorded", "all"][0] == 1


def test_a_sanction_whose_error_grew_is_one_sanction(market: World) -> None:
    for number in range(3):
        assert market.move(f"2028-10-0{number + 1}T00:00:00Z").status_code == 200
        assert market.record("erring", f"e-{number}", "weapons").status_code == 201
    for number in range(2):
        assert market.move(f"2028-10-0{number + 4}T00:00:00Z").status_code == 200
        assert market.annul("erring", f"e-{number}").status_code == 200
    told = market.get("/v1/facts", kind="sanction-found-in-error", seller_id="erring")["facts"]
    assert len(told) == 2 and len({fact["data"]["sanction_id"] for fact in told}) == 1
    since = told[0]["recorded_at"]
    found = counted(market, **{"from": since, "to": WHOLE["to"]})
    assert found["sanctions", "found-in-error", "all"][0] == 1


def test_shares_are_of_parts_and_not_of_all(market: World) -> None:
    rows = pages(market, "/v1/transparency", "counts", 1000, **WHOLE)
    shares = {
        row["of"]: (row["count"], row["share"])
        for row in rows
        if (row["about"], row["what"]) == ("sanctions", "imposed")
    }
    imposed, of_all = shares.pop("all")
    assert of_all is None
    assert shares == {of: (n, round(n / imposed, 4)) for of, (n, _) in shares.items()}


def test_what_no_report_is_made_of(market: World) -> None:
    for query, field in (
        ({"from": "2026-01-01T00:00:00Z"}, "to"),
        ({"from": "2027-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "to"),
        ({"from": "soon", "to": "2026-01-01T00:00:00Z"}, "from"),
    ):
        answer = market.client.get("/v1/transparency", params=query)
        assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
    nothing = {"from": "2020-06-01T00:00:00Z", "to": "2020-07-01T00:00:00Z"}
    assert counted(market, **nothing) == {}
