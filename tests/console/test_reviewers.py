"""Who may decide sees what a decision needs, and nothing more."""

from collections.abc import Iterator

import pytest

from tests.console.people import Desk, desk_of

CASES = (
    "appeals/s-14/v-14-5/1",
    "appeals/s-14/v-14-4/3",
    "disputes/d-15-19",
    "reports/r-19-5",
    "enrolments/spring/p-17-1",
)


@pytest.fixture(scope="module")
def busy(marketplace_dsn: str) -> Iterator[Desk]:
    with desk_of(marketplace_dsn) as desk:
        yield desk


def test_every_case_opens_for_who_decides_and_for_who_audits(busy: Desk) -> None:
    reviewer, analyst = busy.signed_in("reviewer"), busy.signed_in("analyst")
    open_ = '<fieldset class="plain">'
    decided = []
    for place in CASES:
        for client in (reviewer, analyst):
            assert client.get(f"/console/{place}").status_code == 200, place
        assert open_ not in analyst.get(f"/console/{place}").text, place
        decided.append(open_ in reviewer.get(f"/console/{place}").text)
    assert any(decided)


def test_a_reviewer_sees_the_standings_that_its_decisions_change(busy: Desk) -> None:
    client = busy.signed_in("reviewer")
    assert client.get("/console/sellers/s-14").headers["location"] == "../sellers/s-14/violations"
    for tab in ("/violations", "/sanctions", "/cases", "/promotion", "/violations/v-14-5"):
        answer = client.get(f"/console/sellers/s-14{tab}")
        assert answer.status_code == 200, tab
    for tab in ("/timeline", "/records", "/reputation", "/audit-bundle"):
        assert client.get(f"/console/sellers/s-14{tab}").status_code == 403
