"""`python -m bench`: every figure as one table; `QUICK=1` stays under 90 seconds."""

import os
import sys

from bench import bulk, growth, kernel, lists, reads, rebuild, writes
from bench.ground import server
from bench.table import Row, keep, show


def main() -> int:
    """Measure, print and keep; the exit status says only whether measuring worked."""
    quick = os.environ.get("QUICK", "") not in {"", "0"}
    rows: list[Row] = []
    with server() as dsn:
        print("P1 and P9: violations in bulk …", flush=True)
        rows += bulk.measure(dsn, quick=quick)
        print("P2: violations one by one …", flush=True)
        rows += writes.measure(dsn, quick=quick)
        print("P3 and P4: standings from memory …", flush=True)
        rows += reads.measure(dsn, quick=quick)
        print("P6: views made anew …", flush=True)
        rows += rebuild.measure(dsn, quick=quick)
        print("P10: growth …", flush=True)
        rows += growth.measure(dsn, quick=quick)
        print("P10: pages of lists as they grow …", flush=True)
        rows += lists.measure(dsn, quick=quick)
    print("P5b: the kernel alone …", flush=True)
    rows += kernel.measure(quick=quick)
    show(rows)
    keep(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
