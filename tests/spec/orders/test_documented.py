"""The table of layouts in docs/performance-days.md names every key, and no other."""

import re
from pathlib import Path

import msgspec

from api.orders.layout import Layout

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "performance-days.md"


def documented() -> set[str]:
    found: set[str] = set()
    for line in DOCUMENT.read_text("utf-8").split("## A layout of your own")[1].splitlines():
        if line.startswith("| `"):
            table = ""
            for name in re.findall(r"`([a-z_.]+)`", line.split(" | ")[0]):
                table = name.partition(".")[0] or table
                found.add(f"{table}.{name.partition('.')[2]}")
    return found


def test_every_key_of_a_layout_is_explained() -> None:
    told: set[str] = set()
    for table in msgspec.structs.fields(Layout):
        shapes = [table.type, *getattr(table.type, "__args__", ())]
        shape = next(s for s in shapes if isinstance(s, type) and issubclass(s, msgspec.Struct))
        told |= {f"{table.name}.{field.name}" for field in msgspec.structs.fields(shape)}
    assert documented() == told
