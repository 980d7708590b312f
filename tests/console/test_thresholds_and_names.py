"""What a page says by the pack's own thresholds, and names that it finds further back."""

from html import unescape
from typing import Any

from api.console.pages.seller.ladders import near_limit
from api.console.pages.seller.overview import rules_of
from tests.api.routes.world import World
from tests.console.waiting import done

PAGES: dict[str | None, list[str]] = {"a": ["v-2"], "b": ["v-1"], None: []}


class Told:
    """Answers the list of violations a page at a time, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def get(self, path: str, words: dict[str, Any]) -> dict[str, Any]:
        self.asked += 1
        assert path == "/v1/violations"
        token = words["page_token"]
        return page(PAGES[token], "b" if token == "a" else None)


def page(ids: list[str], following: str | None) -> dict[str, Any]:
    return {"violations": [{"violation_id": each} for each in ids], "next": following}


def test_near_is_what_the_pack_warns_of_or_the_last_quarter() -> None:
    limit: dict[str, Any] = {"source": "004 Q65", "value": 48}
    for told, expected in (
        ({"limit": limit}, (36, 47)),
        ({"limit": 36}, (27, 35)),
        ({"limit": limit, "pre_warning": 6}, (42, 47)),
        ({"limit": 3}, (2, 2)),
        ({"limit": 1}, None),
        ({"unit": "points"}, None),
    ):
        assert near_limit({"buckets": {"points": told}}, "points") == expected, told
    assert near_limit({}, "points") is None


def test_the_view_of_sellers_near_the_limit_follows_the_pack(live: World) -> None:
    # The list itself may still be behind the log: its views stand above it all the same.
    shown = unescape(live.client.get("/console/sellers").text)
    assert "?min_points=36&max_points=47&sort=-points" in shown


def test_names_are_looked_for_only_as_far_back_as_they_are_needed() -> None:
    newest = page(["v-3"], "a")
    for wanted, asked in (({"v-3"}, 0), ({"v-3", "v-2"}, 1), ({"v-1"}, 2), ({"v-0"}, 2)):
        told: Any = Told()
        found = done(rules_of(told, "s-1", newest, wanted))
        assert told.asked == asked
        assert found.keys() >= wanted - {"v-0"}
