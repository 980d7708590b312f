"""The console's files: small on the way, and fetched once."""

from starlette.testclient import TestClient

from api.console.rendering import asset
from tests.api.routes.world import World

LARGEST = "echarts/echarts.min.js"


def _asked(client: TestClient, address: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    named = {name.replace("_", "-"): told for name, told in headers.items()}
    with client.stream("GET", f"/console/{address}", headers=named) as answer:
        return answer.status_code, b"".join(answer.iter_raw()), dict(answer.headers)


def test_a_file_is_compressed_for_who_can_read_that(live: World) -> None:
    address = asset(LARGEST)
    _, whole, plain = _asked(live.client, address, accept_encoding="identity")
    _, sent, headers = _asked(live.client, address, accept_encoding="gzip, br")
    assert headers["content-encoding"] == "gzip" and "content-encoding" not in plain
    assert len(sent) < len(whole) / 2
    assert headers["vary"] == plain["vary"] == "Accept-Encoding"
    assert live.client.get(f"/console/{address}").content == whole


def test_a_file_asked_for_by_its_version_is_kept_for_a_year(live: World) -> None:
    _, _, headers = _asked(live.client, asset(LARGEST))
    assert headers["cache-control"] == "public, max-age=31536000, immutable"


def test_a_file_that_a_browser_has_already_is_not_sent_again(live: World) -> None:
    address = f"static/{LARGEST}"
    _, _, headers = _asked(live.client, address)
    assert headers["cache-control"] == "no-cache"
    status, sent, _ = _asked(live.client, address, if_none_match=headers["etag"])
    assert (status, sent) == (304, b"")
    status, sent, _ = _asked(live.client, address, if_none_match='W/"another"')
    assert status == 200 and sent


def test_pages_are_never_compressed(live: World) -> None:
    _, _, headers = _asked(live.client, "sellers", accept_encoding="gzip")
    assert "content-encoding" not in headers and headers["cache-control"] == "no-store"
