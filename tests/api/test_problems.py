"""Every refusal has one status and one stable name."""

import importlib
import json
import pkgutil
from collections.abc import Iterator

import msgspec
import pytest

import api
import ledger
import projections
from api import refusals as door
from api.problems import TABLE, problem_of, refused, row_of
from ledger.decide.refusals import EffectiveInFuture, ToldDifferently
from ledger.facts.refusal import Refusal
from ledger.policy.book import BeforeFirstPack
from ledger.policy.refusals import PointsOutOfRange, UnknownRule
from ledger.store.refusals import Importing, NotNow

BASES = {NotNow}
# Said by commands alone: no route can come upon them.
AT_THE_TERMINAL = {
    "ServedAlready", "NoSuchProjection", "RebuildUnderWay", "NothingToCompare", "NeverFree",
    "OtherVersion", "NotParked", "NoLogYet", "FilesRefused", "MalformedLayout", "NoSuchFiles",
    "BadKeyFolder", "KeyElsewhere", "LogSetBack", "UnknownKey", "LastKey", "NoSuchFolder",
    "CannotRead",
    "NoJava", "NoSpark", "SparkFailed", "SparkNotInstalled", "NoScenario", "AnotherResult",
    "RunUnderWay", "CannotGive", "FileUnreadable", "OtherLog", "PortTaken", "PlaceRefused",
}  # fmt: skip


def every_refusal() -> Iterator[type[Refusal]]:
    for house in (ledger, projections, api):
        for module in pkgutil.walk_packages(house.__path__, f"{house.__name__}."):
            importlib.import_module(module.name)
    waiting = [Refusal]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            waiting.append(kind)
            if kind.__module__.partition(".")[0] in {"api", "projections", "ledger"}:
                yield kind


def test_every_refusal_of_the_house_has_a_row() -> None:
    named = tuple(row.refusal for row in TABLE)
    silent = {kind.__qualname__ for kind in every_refusal() if not issubclass(kind, named)}
    assert silent - AT_THE_TERMINAL == {kind.__qualname__ for kind in BASES}


def test_no_row_is_hidden_by_an_earlier_one() -> None:
    for row in TABLE:
        assert row_of(row.refusal) == row


@pytest.mark.parametrize(
    ("kind", "status", "name"),
    [
        (ToldDifferently, 409, "told-differently"),
        (UnknownRule, 404, "unknown-rule"),
        (PointsOutOfRange, 409, "points-out-of-range"),
        (EffectiveInFuture, 409, "effective-in-future"),
        (BeforeFirstPack, 409, "before-first-pack"),
        (Importing, 503, "importing"),
    ],
)
def test_the_contracts_names_are_kept(kind: type[Refusal], status: int, name: str) -> None:
    assert row_of(kind)[1:3] == (status, name)


def test_a_problem_names_the_field_and_what_would_be_accepted() -> None:
    problem = problem_of(PointsOutOfRange("medicines", 50, 0, 48), instance="r-1")
    assert msgspec.to_builtins(problem) == {
        "type": "/problems/points-out-of-range",
        "title": "Points outside the rule's range",
        "status": 409,
        "detail": "Rule 'medicines' takes 0 to 48 points, but 50 were given.",
        "field": "points",
        "accepted": "0 to 48",
        "instance": "r-1",
    }


def test_a_problem_without_field_leaves_it_out() -> None:
    answer = refused(door.UnknownPage("nothing"))
    assert set(json.loads(bytes(answer.body))) == {"type", "title", "status", "detail"}
    assert answer.headers["content-type"] == "application/problem+json"


def test_not_now_says_when_to_come_back() -> None:
    assert refused(Importing("2025.ndjson")).headers["retry-after"] == "5"


def test_nobody_known_is_told_how_to_be() -> None:
    assert refused(door.NotAuthenticated("who?")).headers["www-authenticate"].startswith("Bearer")


def test_names_are_written_alike() -> None:
    for row in TABLE:
        assert row.name == row.name.lower().replace("_", "-").replace(" ", "-")
        assert row.title
        assert 400 <= row.status < 600


def test_a_gap_is_an_error_not_a_guess() -> None:
    class Unheard(Refusal):
        """Nobody thought of it."""

    Unheard.__module__ = "elsewhere"
    with pytest.raises(LookupError, match="Unheard"):
        problem_of(Unheard("?"))
