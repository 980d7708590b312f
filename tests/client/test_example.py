"""The storefront in docs/client.md, as it stands there, against a real server."""

import re
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.api.program import program
from tests.client.told import until

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = re.findall(
    r"^```python\n(.*?)^```$", (ROOT / "docs" / "client.md").read_text(), re.MULTILINE | re.DOTALL
)


def app_of(source: str) -> FastAPI:
    made: dict[str, Any] = {}
    exec(compile(source, "docs/client.md", "exec"), made)
    return made["app"]


def test_the_storefront_of_the_document_works(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (source,) = EXAMPLE
    with program(dsn) as served:
        monkeypatch.setenv("SHOP_LEDGER", served.base)
        with TestClient(app_of(source)) as storefront:
            until(lambda: storefront.get("/metrics/standings").json()["age_s"] is not None)
            assert storefront.get("/shops/s-1").json() == {"can_sell": True}
            served.record("s-1", "v-1", points=48)
            until(lambda: storefront.get("/shops/s-1").json() == {"can_sell": False})
            until(lambda: storefront.get("/shops/s-2").json() == {"can_sell": True})
            assert storefront.get("/shops/-").status_code == 404
            told = storefront.get("/metrics/standings").json()
            assert (told["changes"], told["from_ledger"], told["failed"]) == (1, 2, 0)
            served.kill()
            assert storefront.get("/shops/s-3").json() == {"can_sell": False}
            assert storefront.get("/shops/s-2").json() == {"can_sell": True}
