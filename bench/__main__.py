"""`python -m bench`: every figure as one table; `QUICK=1` stays under 90 seconds."""

import os
import sys
import time
from collections.abc import Callable
from functools import partial

from bench import bulk, growth, kernel, lists, publishing, reads, rebuild, tree, what_if, writes
from bench.ground import server
from bench.table import Row, keep, show


def main() -> int:
    """Measure, print and keep; the exit status says only whether measuring worked."""
    quick = os.environ.get("QUICK", "") not in {"", "0"}
    rows: list[Row] = []
    with server() as dsn:
        parts: dict[str, Callable[..., list[Row]]] = {
            "P1 and P9: violations in bulk": partial(bulk.measure, dsn),
            "P2: violations one by one": partial(writes.measure, dsn),
            "P3 and P4: standings from memory": partial(reads.measure, dsn),
            "P6: views made anew": partial(rebuild.measure, dsn),
            "P7: the Merkle tree": partial(tree.measure, dsn),
            "P8: messages": partial(publishing.measure, dsn),
            "P10: growth": partial(growth.measure, dsn),
            "P10: pages of lists as they grow": partial(lists.measure, dsn),
            "P5 and P5a: a population in two worlds": partial(what_if.measure, dsn),
            "P5b: the kernel alone": kernel.measure,
        }
        for what, measure in parts.items():
            print(f"{what} …", flush=True)
            began = time.monotonic()
            rows += measure(quick=quick)
            print(f"  took {time.monotonic() - began:.0f} s", flush=True)
        show(rows)
        keep(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
