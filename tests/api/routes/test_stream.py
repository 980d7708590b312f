"""What the stream of standing changes refuses."""

import pytest

from tests.api.routes.world import World


@pytest.mark.parametrize(
    ("headers", "query", "status", "name", "field"),
    [
        ({"Last-Event-ID": "999999"}, {}, 422, "position-in-future", "Last-Event-ID"),
        ({}, {"last_event_id": "999999"}, 422, "position-in-future", "last_event_id"),
        ({"Last-Event-ID": "yesterday"}, {}, 422, "malformed-parameter", "Last-Event-ID"),
        ({"Last-Event-ID": "-1"}, {}, 422, "malformed-parameter", "Last-Event-ID"),
        ({}, {"last_event_id": ""}, 422, "malformed-parameter", "last_event_id"),
        ({}, {"since": "1"}, 422, "unknown-parameter", "since"),
        ({"Accept": "application/json"}, {}, 406, "not-acceptable", "Accept"),
    ],
)
def test_what_cannot_be_streamed_is_refused(
    live: World, headers: dict[str, str], query: dict[str, str], status: int, name: str, field: str
) -> None:
    answer = live.client.get("/v1/standings/stream", headers=headers, params=query)
    told = answer.json()
    assert (answer.status_code, told["type"]) == (status, f"/problems/{name}")
    assert (told["field"], bool(told["accepted"])) == (field, True)
