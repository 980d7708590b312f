"""Page tokens: they lead on through the one list they are of, and whatever else is refused."""

import string
import threading
from collections.abc import Iterator
from typing import Annotated, Any, Literal, LiteralString

import msgspec
import psycopg
import pytest
from fastapi import APIRouter, Query
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Cursor
from starlette.requests import Request
from starlette.responses import Response
from starlette.testclient import TestClient

from api import positions
from api.access import require
from api.app import create_app
from api.lists.answering import Lists, TheLists, listed
from api.lists.listing import Asked, ListOf
from api.lists.paging import ThePage
from api.lists.tokens import Key
from api.routes import ROUTERS
from projections.projection import Projection
from projections.views import Views
from projections.violations import Violations
from tests.api.routes.test_lists import CSV, assert_told_alike, pages
from tests.api.routes.world import OWN, World, world_of


class Stream(msgspec.Struct, frozen=True):
    """A subject of the log, and how many facts it has."""

    stream: str
    facts: int


BY_NAME: LiteralString = """
SELECT originator_id, count(*) FROM stored_events
WHERE originator_id > %(after_1)s AND starts_with(originator_id, %(begins)s)
GROUP BY originator_id ORDER BY originator_id LIMIT %(limit)s
"""
BY_FACTS: LiteralString = """
SELECT * FROM (
    SELECT originator_id, count(*) AS facts FROM stored_events
    WHERE starts_with(originator_id, %(begins)s) GROUP BY originator_id
) AS streams
WHERE (-facts, originator_id) > (%(after_1)s, %(after_2)s)
ORDER BY -facts, originator_id LIMIT %(limit)s
"""
STREAMS = ListOf("streams", "streams", Stream)
OTHERS = ListOf("others", "streams", Stream)


def streams(
    of: ListOf[Stream] = STREAMS, begins: str | None = None, sort: str = "stream"
) -> Asked[Stream]:
    def rows(cursor: Cursor[Any], after: Key | None, at_once: int) -> Iterator[tuple[Key, Stream]]:
        by_name = sort == "stream"
        key = after or (("",) if by_name else (-(1 << 40), ""))
        while True:
            place = {f"after_{number}": value for number, value in enumerate(key, 1)}
            wanted = {"begins": begins or "", "limit": at_once, **place}
            found = cursor.execute(BY_NAME if by_name else BY_FACTS, wanted).fetchall()
            for name, count in found:
                key = (name,) if by_name else (-count, name)
                yield key, Stream(name, count)
            if len(found) < at_once:
                return

    return Asked(of, rows, {"begins": begins, "sort": sort})


LATE = ListOf("late", "streams", Stream, views=("late",))
router = APIRouter(dependencies=[require("audit:read")])
Sort = Literal["stream", "facts"]


@router.get("/v1/streams", **listed(STREAMS))
async def get_streams(
    request: Request,
    lists: TheLists,
    page: ThePage,
    begins: Annotated[str | None, Query()] = None,
    sort: Sort = "stream",
) -> Response:
    """Subjects of the log."""
    return await lists.answer(request, streams(STREAMS, begins, sort), page)


@router.get("/v1/others", **listed(OTHERS))
async def get_others(request: Request, lists: TheLists, page: ThePage) -> Response:
    """The same under another name."""
    return await lists.answer(request, streams(OTHERS), page)


@router.get("/v1/late", **listed(LATE))
async def get_late(request: Request, lists: TheLists, page: ThePage) -> Response:
    """The same, resting on a view that may be behind the log."""
    return await lists.answer(request, streams(LATE), page)


class Late(Projection):
    """A view that nobody follows for: it stands where a test puts it."""

    name = "late"
    version = "1"
    tables = ("policy_edition",)


@pytest.fixture
def world(dsn: str) -> Iterator[World]:
    """With seven sellers, and lists that go by key."""
    with world_of(dsn, clock="test") as made:
        made.move("2026-01-01T00:00:00Z")
        for number in range(7):
            for violation in range(1 + number % 3):
                made.record(f"s-{number}", f"v-{violation}", "seeds")
        made.parts.views = Views(made.ledger.reader, [Violations(), Late()])
        made.parts.lists = Lists(made.ledger, made.parts.views)
        with TestClient(create_app(made.parts, [*ROUTERS, router]), base_url=OWN) as client:
            yield World(client, made.parts)


def token(world: World, address: str = "/v1/streams", **query: Any) -> str:
    page = world.get(address, limit=2, **query)
    assert set(page["next"]) <= set(string.ascii_letters + string.digits + "._-")
    return page["next"]


def refusal(world: World, address: str = "/v1/streams", **query: Any) -> dict[str, Any]:
    answer = world.client.get(address, params=query)
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    assert problem["type"] == "/problems/malformed-parameter"
    assert problem["field"] in ("after", "page_token")
    assert problem["accepted"]
    return problem


@pytest.mark.parametrize("sort", ["stream", "facts"])
def test_pages_by_key_lead_through_the_whole_list(world: World, sort: str) -> None:
    found = assert_told_alike(world, "/v1/streams", STREAMS, sort=sort)
    assert len(found) == 9
    assert sum(row["facts"] for row in found) == world.ledger.memory.head.last_position
    told = [
        (row["stream"],) if sort == "stream" else (-row["facts"], row["stream"]) for row in found
    ]
    assert told == sorted(told)
    sellers = pages(world, "/v1/streams", "streams", 3, begins="seller-", sort=sort)
    assert sellers == [row for row in found if row["stream"].startswith("seller-")]


def test_a_row_that_comes_between_shifts_nothing(world: World) -> None:
    """What comes before the place where a page ended is not seen, and nothing is seen twice."""
    first = world.get("/v1/streams", limit=4)
    world.record("a-0", "v-1", "seeds")
    world.record("z-0", "v-1", "seeds")
    rest = world.get("/v1/streams", after=first["next"])
    names = [row["stream"] for row in first["streams"] + rest["streams"]]
    assert len(names) == len(set(names)) == 10
    assert names[-1] == "seller-z-0"


def test_a_file_goes_on_where_a_page_ended(world: World) -> None:
    first = world.get("/v1/streams", limit=4)
    answer = world.client.get(
        "/v1/streams", params={"page_token": first["next"]}, headers={"Accept": CSV}
    )
    assert len(answer.text.splitlines()) == 1 + 5


def test_a_token_is_of_one_list_with_its_filters_and_sort(world: World) -> None:
    plain = token(world)
    assert "list streams" in refusal(world, "/v1/others", after=plain)["detail"]
    assert "filters" in refusal(world, after=plain, begins="seller-")["detail"]
    assert "filters" in refusal(world, page_token=plain, sort="facts")["detail"]
    assert "filters" in refusal(world, after=token(world, sort="facts"))["detail"]
    assert "position" in refusal(world, "/v1/facts", after=plain)["detail"]
    assert "token" in refusal(world, after="17")["detail"]
    assert world.get("/v1/streams", after=plain, limit=1000)["next"] is None


def test_tokens_of_one_process_are_good_in_another(world: World, dsn: str) -> None:
    other = Lists(world.ledger, world.parts.views)
    made = other.tokens.token("streams", streams().filters, ("seller-s-4",))
    assert world.get("/v1/streams", after=made)["streams"][0]["stream"] == "seller-s-5"
    with psycopg.connect(dsn) as connection:
        rows = connection.execute("SELECT length(secret) FROM page_key").fetchall()
    assert rows == [(32,)]


def test_a_token_of_another_ledger_is_refused(world: World, dsn: str) -> None:
    made = token(world)
    with psycopg.connect(dsn) as connection:
        connection.execute("UPDATE page_key SET secret = sha256('another')")
    world.parts.lists.tokens = Lists(world.ledger, world.parts.views).tokens
    assert "not made by this ledger" in refusal(world, after=made)["detail"]


def stand(world: World, position: int) -> None:
    """Have the view under the late list stand at a position."""
    with world.ledger.reader.cursor() as cursor:
        cursor.execute(
            "INSERT INTO projection (name, version, position) VALUES ('late', '1', %(at)s)"
            " ON CONFLICT (name) DO UPDATE SET position = %(at)s",
            {"at": position},
        )


@pytest.mark.parametrize("accept", ["application/json", CSV])
def test_a_view_that_is_behind_is_waited_for(
    world: World, accept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(positions, "WAIT_S", 0.1)
    headers = {"Accept": accept}
    end = world.ledger.memory.head.last_position
    stand(world, end - 1)
    answer = world.client.get("/v1/late", headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/unavailable")
    assert str(end) in answer.json()["detail"]
    monkeypatch.setattr(positions, "WAIT_S", 20)
    catching_up = threading.Timer(0.2, stand, (world, end))
    catching_up.start()
    answer = world.client.get("/v1/late", headers=headers)
    assert (answer.status_code, answer.headers["Ledger-Position"]) == (200, str(end))


def test_what_a_view_could_not_take_is_told(world: World) -> None:
    stand(world, world.ledger.memory.head.last_position)
    assert "Ledger-Parked" not in world.client.get("/v1/late").headers
    with world.ledger.reader.cursor() as cursor:
        cursor.execute("INSERT INTO parked_stream VALUES ('late', 'seller-s-1', 1, 'poison', 1)")
    for accept in ("application/json", CSV):
        answer = world.client.get("/v1/late", headers={"Accept": accept})
        assert (answer.status_code, answer.headers["Ledger-Parked"]) == (200, "1")


TEXTS = st.text(st.characters(codec="utf-8"), max_size=80) | st.text(
    "ABCxyz019._-=+/", max_size=400
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_whatever_is_not_a_token_is_refused(world: World, data: st.DataObject) -> None:
    """Forged, cut, spliced or invented: a clear refusal, never a failure and never another page."""
    good = token(world)
    other = token(world, sort="facts")
    signed, _, signature = good.partition(".")
    at = data.draw(st.integers(0, len(good) - 1))
    letter = data.draw(st.sampled_from(string.ascii_letters + string.digits + "._-%\0é"))
    bad = data.draw(
        st.one_of(
            TEXTS,
            st.just(good[:at]),
            st.just(good[:at] + letter + good[at + 1 :]),
            st.just(good + letter),
            st.just(other.partition(".")[0] + "." + signature),
            st.just(signed + "." + other.partition(".")[2]),
            TEXTS.map(lambda text: f"{text}.{signature}"),
        )
    )
    if bad == good:
        return
    address = data.draw(st.sampled_from(["/v1/streams", "/v1/others"]))
    name = data.draw(st.sampled_from(["after", "page_token"]))
    assert refusal(world, address, **{name: bad})["field"] == name
