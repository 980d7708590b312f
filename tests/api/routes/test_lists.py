"""Every list is told alike: its pages, its CSV, its NDJSON and its Parquet hold the same rows."""

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any

import pyarrow.parquet as parquet
import pytest
from httpx import Response

from api.lists.columns import Column, columns_of
from api.lists.facts import FACTS, TIMELINE
from api.lists.listing import ListOf
from api.lists.policies import POLICIES
from api.lists.violations import VIOLATIONS
from tests.api.routes.world import World, report

CSV, NDJSON, PARQUET = "text/csv", "application/x-ndjson", "application/vnd.apache.parquet"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LISTS: dict[str, ListOf[Any]] = {
    "/v1/facts": FACTS,
    "/v1/sellers/s-1/timeline": TIMELINE,
    "/v1/sellers/s-1/violations": VIOLATIONS,
    "/v1/policies": POLICIES,
}


def told(world: World) -> None:
    """Two sellers, a suspension taken back, an expiry."""
    world.record("s-1", "v-1", points=48, effective_at="2025-12-01T00:00:00Z", listing_id="l-1")
    world.record("s-2", "v-1", "copyright", severity="general", source="rights-holder")
    world.move("2026-02-01T00:00:00Z")
    world.annul("s-1", "v-1")
    for number in range(2, 7):
        world.record("s-1", f"v-{number}", "seeds")


def asked(world: World, address: str, media: str, **query: Any) -> Response:
    answer = world.client.get(address, params=query, headers={"Accept": media})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].partition(";")[0] == media
    return answer


def pages(world: World, address: str, plural: str, limit: int, **query: Any) -> list[Any]:
    """All rows, page after page."""
    rows: list[Any] = []
    more: dict[str, str] = {}
    while True:
        page = world.get(address, limit=limit, **query, **more)
        assert len(page[plural]) <= limit
        rows += page[plural]
        if page["next"] is None:
            return rows
        more = {"after": page["next"]}


def cell_read(column: Column, cell: str) -> Any:
    """What a cell of CSV says. Null and an empty text look alike to Python's reader."""
    if cell == "":
        return None
    match column.kind:
        case "integer" | "number" | "truth" | "texts" | "json":
            return json.loads(cell.removeprefix("'"))
        case _:
            return cell.removeprefix("'")


def read_csv(of: ListOf[Any], text: str) -> list[Any]:
    header, *lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    columns = columns_of(of.shape)
    assert header == [column.name for column in columns]
    return [
        {c.name: cell_read(c, cell) for c, cell in zip(columns, line, strict=True)}
        for line in lines
    ]


def value_read(column: Column, value: Any) -> Any:
    """What a value of Parquet says, in the words of JSON."""
    match value, column.kind:
        case datetime(), _:
            assert value.tzinfo is not None
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        case str(), "json":
            return json.loads(value)
        case _:
            return value


def read_parquet(of: ListOf[Any], body: bytes) -> list[Any]:
    table = parquet.read_table(io.BytesIO(body))
    columns = columns_of(of.shape)
    return [{c.name: value_read(c, row[c.name]) for c in columns} for row in table.to_pylist()]


def assert_told_alike(world: World, address: str, of: ListOf[Any], **query: Any) -> list[Any]:
    """The rows, having seen that pages and files of every kind agree on them."""
    everything = pages(world, address, of.plural, 1000, **query)
    assert pages(world, address, of.plural, 2, **query) == everything
    lines = asked(world, address, NDJSON, **query).text.splitlines()
    assert [json.loads(line) for line in lines] == everything
    assert read_csv(of, asked(world, address, CSV, **query).text) == everything
    assert read_parquet(of, asked(world, address, PARQUET, **query).content) == everything
    return everything


@pytest.mark.parametrize("address", LISTS)
def test_pages_and_files_hold_the_same(sandbox: World, address: str) -> None:
    told(sandbox)
    assert assert_told_alike(sandbox, address, LISTS[address])


def test_filters_hold_for_files_too(sandbox: World) -> None:
    told(sandbox)
    facts = assert_told_alike(sandbox, "/v1/facts", FACTS, kind="violation-recorded")
    assert len(facts) == 7
    facts = assert_told_alike(sandbox, "/v1/facts", FACTS, **{"from": "2026-02-01T00:00:00Z"})
    assert [f["kind"] for f in facts][:1] == ["violation-annulled.v1"]
    address = "/v1/sellers/s-1/violations"
    found = assert_told_alike(sandbox, address, VIOLATIONS, status="cancelled")
    assert [v["violation_id"] for v in found] == ["v-1"]
    assert not assert_told_alike(sandbox, address, VIOLATIONS, family="transaction")


def test_an_empty_list_is_a_file_too(sandbox: World) -> None:
    assert not assert_told_alike(sandbox, "/v1/sellers/nobody/timeline", TIMELINE)


def test_a_file_goes_on_behind_a_position(sandbox: World) -> None:
    told(sandbox)
    rest = asked(sandbox, "/v1/facts", NDJSON, after="5").text.splitlines()
    assert [json.loads(line) for line in rest] == sandbox.get("/v1/facts", after="5")["facts"]


@pytest.mark.parametrize("address", LISTS)
def test_an_answer_says_what_it_rests_on(sandbox: World, address: str) -> None:
    told(sandbox)
    end = str(sandbox.ledger.memory.head.last_position)
    page = sandbox.client.get(address)
    assert (page.headers["Ledger-Position"], page.headers["Vary"]) == (end, "Accept")
    file = asked(sandbox, address, PARQUET)
    assert file.headers["Ledger-Position"] == end
    name = LISTS[address].name
    assert file.headers["Content-Disposition"] == f'attachment; filename="{name}-{end}.parquet"'
    about = parquet.read_schema(io.BytesIO(file.content)).metadata
    assert (about[b"ledger.list"], about[b"ledger.position"]) == (name.encode(), end.encode())


def test_parquet_has_types(sandbox: World) -> None:
    told(sandbox)
    body = asked(sandbox, "/v1/sellers/s-1/violations", PARQUET).content
    schema = parquet.read_schema(io.BytesIO(body))
    kinds = {field.name: str(field.type) for field in schema}
    assert kinds["recorded_at"] == kinds["lapses_at"] == "timestamp[us, tz=UTC]"
    assert (kinds["points"], kinds["violation_id"], kinds["appeal"]) == (
        "int64",
        "string",
        "string",
    )


def test_the_first_choice_of_accept_is_taken(sandbox: World) -> None:
    for accept, kind in [
        ("*/*", "application/json"),
        ("text/html, */*;q=0.8", "application/json"),
        ("text/*", CSV),
        ("application/json;q=0, */*;q=0.5", CSV),
        ("*/*;q=0.5, application/x-ndjson", NDJSON),
        ("application/json;q=0.2, text/csv;q=0.9", CSV),
        ("text/html, application/vnd.apache.parquet;q=0.1", PARQUET),
    ]:
        answer = sandbox.client.get("/v1/policies", headers={"Accept": accept})
        assert answer.headers["content-type"].partition(";")[0] == kind


@pytest.mark.parametrize("address", LISTS)
def test_what_cannot_be_answered_says_what_can(sandbox: World, address: str) -> None:
    answer = sandbox.client.get(address, headers={"Accept": "application/vnd.ms-excel"})
    assert (answer.status_code, answer.json()["type"]) == (406, "/problems/not-acceptable")
    for kind in ("application/json", CSV, NDJSON, PARQUET):
        assert kind in answer.json()["accepted"]


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize(
    ("query", "headers", "field"),
    [
        ({"limit": "0"}, {}, "limit"),
        ({"limit": "1001"}, {}, "limit"),
        ({"limit": "10"}, {"Accept": CSV}, "limit"),
        ({"after": "x"}, {}, "after"),
        ({"after": "9" * 40}, {}, "after"),
        ({"page_token": "-1"}, {}, "page_token"),
        ({"after": "1", "page_token": "1"}, {}, "page_token"),
        ({"sort": "points"}, {}, "sort"),
        ({"offset": "10"}, {}, "offset"),
    ],
)
def test_what_no_list_takes(
    sandbox: World, address: str, query: dict[str, str], headers: dict[str, str], field: str
) -> None:
    answer = sandbox.client.get(address, params=query, headers=headers)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert answer.json()["accepted"]


def test_exports_leave_connections_for_others(sandbox: World) -> None:
    told(sandbox)
    exports = sandbox.parts.lists.exports
    from api.lists.facts import facts

    under_way = [exports.begin(facts(), None, NDJSON) for _ in range(2)]
    refused = sandbox.client.get("/v1/facts", headers={"Accept": CSV})
    assert (refused.status_code, refused.json()["type"]) == (503, "/problems/busy")
    assert refused.headers["Retry-After"]
    assert sandbox.get("/v1/facts")["facts"]
    for export in under_way:
        export.close()
    asked(sandbox, "/v1/facts", CSV)


def test_an_export_is_of_one_moment(sandbox: World) -> None:
    from api.lists.facts import facts

    told(sandbox)
    export = sandbox.parts.lists.exports.begin(facts(), None, NDJSON)
    sandbox.record("s-3", "v-1")
    lines = b"".join(export.pieces).splitlines()
    export.close()
    assert json.loads(lines[-1])["position"] == str(export.moment.position)
    assert sandbox.ledger.memory.head.last_position > export.moment.position


def test_many_facts_come_in_pieces(sandbox: World) -> None:
    """Fifty thousand, of which no more than one piece is ever held."""
    from api.lists.exports import ROWS_AT_ONCE
    from api.lists.facts import facts

    sandbox.record("s-1", "v-1", "seeds")
    copy_last_fact(sandbox, 50_000)
    for kind in (NDJSON, CSV, PARQUET):
        export = sandbox.parts.lists.exports.begin(facts(), None, kind)
        sizes, rows = [], []
        for piece in export.pieces:
            sizes.append(len(piece))
            rows.append(export.rows_told)
        export.close()
        assert export.rows_told == export.moment.position == 50_003
        steps = [after - before for before, after in zip([0, *rows], rows, strict=False)]
        if kind == PARQUET:
            assert len(sizes) >= 3
        else:
            assert max(steps) == ROWS_AT_ONCE
            assert max(sizes) < 3 * sum(sizes) / len(sizes)


def copy_last_fact(world: World, times: int) -> None:
    """Lengthen the log behind the ledger's back: deciding so many would take a minute."""
    with world.ledger.reader.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO stored_events
                (originator_id, originator_version, topic, state, notification_id)
            SELECT 'seller-copy', n, topic, state, notification_id + n
            FROM stored_events, generate_series(1, %s) AS n
            WHERE notification_id = (SELECT max(notification_id) FROM stored_events)
            """,
            (times,),
        )
        cursor.execute("UPDATE log_head SET next_position = next_position + %s", (times,))


def test_the_document_names_every_kind(sandbox: World) -> None:
    paths = sandbox.get("/v1/openapi.json")["paths"]
    for path in ("/v1/facts", "/v1/sellers/{seller_id}/violations", "/v1/policies"):
        answers = paths[path]["get"]["responses"]
        assert set(answers["200"]["content"]) == {"application/json", CSV, NDJSON, PARQUET, XLSX}
        assert {"406", "422", "503"} <= set(answers)
        names = [parameter["name"] for parameter in paths[path]["get"]["parameters"]]
        assert {"limit", "after", "page_token", "min_position"} <= set(names)


def test_a_listing_of_one_seller_stays_its_own(locked: Any) -> None:
    world, keys = locked
    world.client.post(
        "/v1/sellers/s-1/violations", json=report("v-1", reported_by="platform"),
        headers=keys["platform"],
    )  # fmt: skip
    own = world.client.get("/v1/sellers/s-1/violations", headers={**keys["s-1"], "Accept": CSV})
    assert own.status_code == 200
    assert own.text.splitlines()[1].startswith("v-1,s-1,")
    for address in ("/v1/sellers/s-2/violations", "/v1/facts", "/v1/sellers/s-1/timeline"):
        other = world.client.get(address, headers={**keys["s-1"], "Accept": CSV})
        assert other.status_code == 403
