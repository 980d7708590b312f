"""The kept result of a `verify`, as a folder and as people see it."""

from pathlib import Path

import pytest

from api.refusals import NotVerifiedYet
from api.verified import MOST_KEPT, keep_verified, last_verified
from api.verifying import Report
from projections.tree.stretches import Finding
from tests.api.routes.world import World
from tests.console.reading import read

AT = "2026-03-01T00:00:00.000000Z"
WHOLE = Report("seller-ledger.example", 1_234, 6, None, [], [], 0.25)


def test_the_last_result_stands_for_itself(tmp_path: Path) -> None:
    with pytest.raises(NotVerifiedYet):
        last_verified(tmp_path)
    many = [Finding("changed", n, f"position {n} was changed") for n in range(1, 40)]
    keep_verified(tmp_path, WHOLE._replace(findings=many), AT)
    broken = last_verified(tmp_path)
    assert (broken.whole, broken.found, len(broken.findings)) == (False, 39, MOST_KEPT)
    assert broken.findings[0].position == "1"
    assert keep_verified(tmp_path, WHOLE, AT) == last_verified(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["verified.json"]


def test_what_was_half_written_by_others_is_no_result(tmp_path: Path) -> None:
    (tmp_path / "verified.json").write_bytes(b'{"whole": tru')
    with pytest.raises(NotVerifiedYet):
        last_verified(tmp_path)


def test_people_read_it_on_the_page_of_the_log(live: World) -> None:
    folder = live.client.app.state.parts.data_dir
    assert "was not verified yet" in read(live.client, "/console/log").words
    assert live.client.get("/v1/log/verification").json()["type"] == "/problems/not-verified-yet"
    keep_verified(folder, WHOLE, AT)
    told = read(live.client, "/console/log").words
    assert "1,234 facts verified" in told and "whole" in told
    changed = [Finding("changed", 7, "the fact at position 7 is not the one that was signed")]
    keep_verified(folder, WHOLE._replace(findings=changed), AT)
    told = read(live.client, "/console/log").words
    assert "not whole" in told and "position 7" in told
