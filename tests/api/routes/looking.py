"""Every place to which a name could get: tables, answers, files, and what is sent to others.

A look unpacks what programs pack, so that a name is found in whatever form it stands.
"""

import asyncio
import gzip
import io
import json
import re
import zipfile
from base64 import b64decode
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, TypeAlias

import psycopg
import pyarrow.parquet as parquet
from psycopg import sql

from api.lists.formats import CSV, PARQUET, XLSX
from api.stream import Hub
from tests.api.routes.world import World

Seen: TypeAlias = tuple[str, bytes]
"""A place, and something that stands there, unpacked."""
_BASE64: Final = re.compile(
    rb"(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{4}){5,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
)
"""What may be bytes in base64."""
_FOR_ADDRESSES: Final = bytes.maketrans(b"-_", b"+/")
"""Base64 has two letters of its own where it stands in an address, as page tokens do."""
_HEX: Final = re.compile(rb"\\x((?:[0-9a-f]{2})+)")
"""How PostgreSQL writes bytes as text."""
_QUIET_S: Final = 1.0
"""A stream that says nothing for so long has told all that there is."""


def places_with(seen: Iterable[Seen], name: str) -> set[str]:
    """Those of the places where a name stands."""
    return {place for place, told in seen if name.encode() in told}


def readable(body: bytes) -> bytes:
    """A body, and behind it all that is packed in it: Parquet, ZIP and gzip pack their texts,
    proofs and bundles write leaves in base64.
    """
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as file:
            names = file.namelist()
            return b"\n".join([body, *(readable(file.read(name)) for name in names)])
    if body.startswith(b"\x1f\x8b"):
        return body + readable(gzip.decompress(body))
    if body.startswith(b"PAR1"):
        table = parquet.read_table(io.BytesIO(body))
        return body + repr((table.schema.metadata, table.to_pylist())).encode()
    found = _BASE64.findall(body) + _BASE64.findall(body.translate(_FOR_ADDRESSES))
    return b"\n".join([body, *map(b64decode, found)])


# -- in the database ----------------------------------------------------------------------


def tables(dsn: str) -> Iterator[Seen]:
    """Every row of every table of any schema, whatever its columns and their form, and what
    PostgreSQL remembers of them by itself.
    """
    with psycopg.connect(dsn) as connection:
        every = connection.execute(
            "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n"
            " ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'm', 'f')"
            " AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
        ).fetchall()
        for schema, table in every:
            for row in connection.execute(
                sql.SQL("SELECT * FROM {}").format(sql.Identifier(schema, table))
            ):
                yield from ((table, _told(value)) for value in row)
        # What the planner keeps of columns stands in PostgreSQL's own tables.
        connection.execute("ANALYZE")
        for table, *samples in connection.execute(
            "SELECT tablename, most_common_vals::text, histogram_bounds::text,"
            " most_common_elems::text FROM pg_stats"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ):
            yield from ((f"statistics of {table}", _told(sample)) for sample in samples)


def _told(value: Any) -> bytes:
    match value:
        case bytes() | memoryview():
            return readable(bytes(value))
        case list() | tuple():
            return b"\n".join(map(_told, value))
        case _:
            text = str(value).encode()
            return b"\n".join([text, *(bytes.fromhex(h.decode()) for h in _HEX.findall(text))])


# -- over HTTP ----------------------------------------------------------------------------


def answers(world: World, known: dict[str, str]) -> Iterator[Seen]:
    """The answers of all routes that are read, in every form they have; metrics, checkpoints,
    tiles, leaves, proofs, bundles and results of what-ifs among them.
    """
    for path in _read(world):
        asked = known.get(path, "")
        whole = asked if asked.startswith("/") else path + asked
        for address in (each for one in whole.split() for each in _addresses(one, known)):
            for accept in ("*/*", "application/x-ndjson", CSV, PARQUET, XLSX):
                answer = world.client.get(address, headers={"Accept": accept})
                assert answer.status_code in (200, 406), (address, accept, answer.text)
                yield path, str(answer.headers).encode() + readable(answer.content)
                if "Accept" not in answer.headers.get("Vary", ""):
                    break


def _read(world: World) -> Iterator[str]:
    """Every path that is answered to GET; the stream is looked at by itself."""
    yield "/metrics"
    document = world.get("/v1/openapi.json")
    for path, operations in document["paths"].items():
        if "get" in operations and "text/event-stream" not in json.dumps(operations["get"]):
            yield path


def _addresses(path: str, known: dict[str, str]) -> Iterator[str]:
    """A path with every id that is known filled in; several, where one name has several ids."""
    first = next((part for part in path.split("/") if part.startswith("{")), None)
    if first is None:
        yield path
        return
    for given in known[first.strip("{}")].split():
        yield from _addresses(path.replace(first, given, 1), known)


def streamed(world: World) -> bytes:
    """All that the stream of standing changes tells of this log."""

    async def welcome() -> None:
        """Everybody may read."""

    async def read() -> bytes:
        hub, told = Hub(world.ledger), list[bytes]()
        following = asyncio.create_task(hub.run())
        events = hub.read(0, welcome)
        try:
            while True:
                told.append(await asyncio.wait_for(anext(events), _QUIET_S))
        except TimeoutError:
            return b"".join(told)
        finally:
            hub.close()
            following.cancel()

    return asyncio.run(read())


# -- in files -----------------------------------------------------------------------------


def files(folder: Path) -> Iterator[Seen]:
    """Every file under a folder, with what it is called; folders too, which have names."""
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        body = readable(path.read_bytes()) if path.is_file() else b""
        yield _kind_of(place), str(place).encode() + b"\n" + body


def _kind_of(place: Path) -> str:
    """`data/archive/log-000000000001-000000000093.parquet` is of the kind `data/archive/log`:
    what differs from one run to the next is left out.
    """
    stem = place.name.partition("-")[0].partition(".")[0]
    return "/".join((*place.parts[: min(2, len(place.parts) - 1)], stem))
