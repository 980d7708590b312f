"""One row a figure: ours, what it is held against, their ratio and the target."""

import json
import os
import platform
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

LATEST = Path(__file__).parent / "latest.json"


class Row(NamedTuple):
    """A figure. `ratio` is ours / against; for bytes and latencies lower is better."""

    id: str
    work: str
    ours: float
    against: float
    unit: str
    target: float
    lower_is_better: bool = False
    note: str = ""
    enough: float | None = None
    """So much of ours is as good as the ratio, where the goal says so."""

    @property
    def ratio(self) -> float:
        """Ours in units of what it is held against."""
        return self.ours / self.against if self.against else 0.0

    @property
    def met(self) -> bool:
        """Whether the target is reached."""
        if self.enough is not None and self.ours >= self.enough:
            return True
        return self.ratio <= self.target if self.lower_is_better else self.ratio >= self.target


def machine() -> dict[str, Any]:
    """What the figures were measured on; absolute figures mean little elsewhere."""
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def show(rows: list[Row]) -> None:
    """Print the table."""
    table = Table(title="seller-ledger, held against its ceilings in the same run")
    for heading in ("", "work", "ours", "against", "unit", "ratio", "target", ""):
        table.add_column(heading, justify="right" if heading in {"ours", "against"} else "left")
    for row in rows:
        sign = "<=" if row.lower_is_better else ">="
        table.add_row(
            row.id,
            row.work,
            f"{row.ours:,.1f}",
            f"{row.against:,.1f}",
            row.unit,
            f"{row.ratio:.2f}",
            f"{sign} {row.target}",
            "met" if row.met else "short",
        )
    console = Console(width=150)
    console.print(table)
    for row in rows:
        if row.note:
            console.print(f"{row.id}: {row.note}")


def keep(rows: list[Row]) -> None:
    """Write `bench/latest.json`."""
    latest = {
        "machine": machine(),
        "rows": [
            {
                "id": row.id,
                "ours": round(row.ours, 3),
                "against": round(row.against, 3),
                "ratio": round(row.ratio, 3),
                "unit": row.unit,
                "target": row.target,
                "met": row.met,
                "note": row.note,
            }
            for row in rows
        ],
    }
    LATEST.write_text(json.dumps(latest, indent=2) + "\n")
