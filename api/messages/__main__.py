"""`python -m api.messages`: write the contract of the messages to docs, from the models.

What would break those who rely on it is not written: it needs a kind with a new version.
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

from api.messages.asyncapi import document
from api.messages.changes import breaks_readers, breaks_writers
from api.messages.schemas import COMMAND, schemas

DOCS: Final = Path(__file__).resolve().parents[2] / "docs"


def contract() -> dict[str, str]:
    """Every file of the contract by its name under docs, as it should be."""
    found = {f"messages/{name}.json": _text(schema) for name, schema in schemas()}
    return found | {"asyncapi.json": _text(document())}


def broken(docs: Path) -> list[str]:
    """What of the files in a folder could no longer be relied on; nothing where all can."""
    found: list[str] = []
    made = dict(schemas())
    for path in sorted((docs / "messages").glob("*.json")):
        new, old = made.get(path.stem), json.loads(path.read_text())
        if new is None:
            found.append(f"{path.stem} is there no longer")
            continue
        compared = breaks_writers if path.stem == COMMAND else breaks_readers
        found += [f"{path.stem}: {why}" for why in compared(old, new)]
    return found


def main() -> None:
    """Write what may be written."""
    if why := broken(DOCS):
        sys.exit("\n".join(["Others rely on what would change:", *why]))
    (DOCS / "messages").mkdir(exist_ok=True)
    for name, text in contract().items():
        (DOCS / name).write_text(text)


def _text(told: dict[str, Any]) -> str:
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    main()
