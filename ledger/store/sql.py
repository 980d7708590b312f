"""SQL lives in `.sql` files beside the one module that runs it; this reads them.

Each statement stands under a line `-- name: what_it_does`. The comment lines that
follow the name stay with the statement, so that PostgreSQL's own logs explain it.
"""

import re
from importlib.resources import files
from typing import Final, LiteralString, cast

_NAME: Final = re.compile(r"^-- name: *(\w+) *$", re.MULTILINE)


def queries(package: str, file: str) -> dict[str, LiteralString]:
    """The named statements of a `.sql` file in `package`; raises `ValueError` on a stray one."""
    text = files(package).joinpath(file).read_text("utf-8")
    before, *parts = _NAME.split(text)
    if any(line.strip() and not line.startswith("--") for line in before.splitlines()):
        raise ValueError(f"{file} has a statement above its first name")
    named: dict[str, LiteralString] = {}
    for name, statement in zip(parts[::2], parts[1::2], strict=True):
        if name in named:
            raise ValueError(f"{file} names {name} twice")
        # What a package ships is as trustworthy as its source.
        named[name] = cast(LiteralString, statement.strip().rstrip(";"))
    return named
