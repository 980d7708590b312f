"""A storefront that imports the client gets the client, and none of the server."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVER = (
    "duckdb", "eventsourcing", "fastapi", "granian", "ledger", "numba", "numpy", "psycopg",
    "pyarrow", "pydantic", "starlette", "structlog", "typer",
)  # fmt: skip
ALLOWED = {"api", "projections"}
ASKING = f"""
import sys
from api.client import Standings, Stream
with Standings("http://127.0.0.1:1", source=Stream()) as standings:
    assert standings.get("s-1", None) is None
loaded = {{name.partition(".")[0] for name in sys.modules}}
print(*sorted(loaded & {{*{SERVER!r}, "kafka"}}))
print(*sorted(n for n in sys.modules if n.partition(".")[0] in {ALLOWED!r}))
"""


def test_no_part_of_the_server_is_imported() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ASKING], cwd=ROOT, capture_output=True, text=True, check=True
    )
    foreign, ours = done.stdout.splitlines()
    assert foreign == ""
    assert {name for name in ours.split() if not name.startswith("api.client")} == {
        "api",
        "projections",
        "projections.broker",
        "projections.broker.address",
        "projections.broker.client",
        "projections.broker.messages",
        "projections.broker.topics",
    }
    # Who follows the topic loads a Kafka client, and nothing else that is not here.
    topic = (
        "import projections.broker.with_kafka_python.reader, sys; assert not {*%r} & {*sys.modules}"
    )
    subprocess.run([sys.executable, "-c", topic % (SERVER,)], cwd=ROOT, check=True)
