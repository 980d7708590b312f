"""A look that finds nothing proves nothing: what is put anywhere on purpose is found."""

import gzip
import io
import zipfile
from base64 import b64encode, urlsafe_b64encode
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from tests.api.routes.looking import files, places_with, tables

NAME = "Theodora"

_TABLE = pa.table({"said": [[{"by": [NAME]}]]})


def _zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("xl/worksheets/sheet1.xml", f"<c>{NAME * 9}</c>")
    return out.getvalue()


def _in_parquet() -> bytes:
    out = io.BytesIO()
    parquet.write_table(_TABLE, out, compression="zstd")
    return out.getvalue()


@pytest.mark.parametrize(
    "body",
    [
        NAME.encode(), gzip.compress(NAME.encode() * 9), _zipped(), _in_parquet(),
        b64encode(f"a leaf that says {NAME}".encode()),
        b'{"next": "' + urlsafe_b64encode(f"\xff\xfe\xfb a place behind {NAME}".encode()) + b'"}',
    ],
    ids=["bare", "gzip", "zip", "parquet", "base64", "page token"],
)  # fmt: skip
def test_a_name_put_anywhere_is_found(dsn: str, tmp_path: Path, body: bytes) -> None:
    (tmp_path / "data" / "archive").mkdir(parents=True)
    (tmp_path / "data" / "archive" / "log-1-2.parquet").write_bytes(body)
    assert places_with(files(tmp_path), NAME) == {"data/archive/log"}
    assert places_with(files(tmp_path), NAME[::-1]) == set()
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE SCHEMA other; CREATE TABLE other.kept (a bytea[], b jsonb)")
        connection.execute("INSERT INTO other.kept (a) VALUES (%s)", ([body],))
    assert "kept" in places_with(tables(dsn), NAME)


def test_a_name_in_a_column_of_any_kind_or_of_a_file_is_found(dsn: str, tmp_path: Path) -> None:
    (tmp_path / "data" / NAME).mkdir(parents=True)
    assert len(places_with(files(tmp_path), NAME)) == 1
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE kept (a jsonb, b text[])")
        connection.execute("CREATE MATERIALIZED VIEW seen AS SELECT 'Theodora'::text AS a")
        connection.execute("INSERT INTO kept VALUES (%s, %s)", (f'{{"{NAME}": 1}}', ["x"]))
    assert places_with(tables(dsn), NAME) >= {"kept", "seen"}


def test_what_the_planner_remembers_of_a_column_is_looked_at(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE kept (a bytea)")
        connection.execute(
            "INSERT INTO kept SELECT convert_to('Theodora ' || n, 'UTF8')"
            " FROM generate_series(1, 9) n"
        )
        connection.commit()
        connection.execute("ANALYZE kept")
        connection.execute("DELETE FROM kept")
        connection.commit()
        connection.execute("ALTER TABLE kept ALTER COLUMN a SET STATISTICS 0")
    assert places_with(tables(dsn), NAME) == {"statistics of kept"}
