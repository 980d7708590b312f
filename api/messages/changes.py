"""What of a changed schema would break those who rely on the one before."""

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]


def breaks_readers(old: Schema, new: Schema) -> list[str]:
    """Why readers of the old messages could not read the new ones; nothing where they can.

    New fields and new words of a closed list are no such reason: readers leave what they do not
    know alone. A word that is gone is one, since somebody may wait for it.
    """
    return list(_Compared(old, new, reading=True).breaks())


def breaks_writers(old: Schema, new: Schema) -> list[str]:
    """Why what was written by the old schema would no longer be taken; nothing where it is."""
    return list(_Compared(old, new, reading=False).breaks())


class _Compared:
    """Two schemas side by side."""

    def __init__(self, old: Schema, new: Schema, *, reading: bool) -> None:
        self._old = old
        self._new = new
        self._reading = reading
        self._seen = set[tuple[str, str]]()

    def breaks(self) -> Iterator[str]:
        yield from self._of(self._old, self._new, "it")

    def _of(self, old: Schema, new: Schema, where: str) -> Iterator[str]:
        refs = (old.get("$ref", ""), new.get("$ref", ""))
        if all(refs):
            if refs in self._seen:
                return
            self._seen.add(refs)
        was = {_kind(each): each for each in _alternatives(_resolved(old, self._old))}
        now = {_kind(each): each for each in _alternatives(_resolved(new, self._new))}
        # What readers did not know must not come; what writers wrote must still be taken.
        more, fewer = (now, was) if self._reading else (was, now)
        for kind in more.keys() - fewer.keys():
            yield f"{where} {'may now be' if self._reading else 'may no longer be'} {kind}"
        for kind in was.keys() & now.keys():
            yield from self._of_one(
                _resolved(was[kind], self._old), _resolved(now[kind], self._new), where
            )

    def _of_one(self, old: Schema, new: Schema, where: str) -> Iterator[str]:
        for word in [each for each in old.get("enum", ()) if each not in new.get("enum", ())]:
            yield f"{where} knows {word!r} no longer"
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in before.keys() - after.keys():
            yield f"{where} has {name} no longer"
        required = set(old.get("required", ())), set(new.get("required", ()))
        if self._reading:
            for name in (required[0] - required[1]) & after.keys():
                yield f"{where} has {name} not always"
        else:
            for name in required[1] - required[0]:
                yield f"{where} has to have {name}"
        for name in before.keys() & after.keys():
            yield from self._of(before[name], after[name], f"{where}.{name}")
        for part in ("items", "additionalProperties"):
            if isinstance(old.get(part), dict) and isinstance(new.get(part), dict):
                yield from self._of(old[part], new[part], f"{where}[]")


def _resolved(schema: Schema, document: Schema) -> Schema:
    ref = schema.get("$ref")
    return schema if ref is None else document["$defs"][ref.rpartition("/")[2]]


def _alternatives(schema: Schema) -> list[Schema]:
    found: list[Schema] = schema.get("anyOf") or schema.get("oneOf") or [schema]
    return found


def _kind(schema: Schema) -> str:
    """What an alternative is told from the others by."""
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2]
    if "enum" in schema:
        return "one of some words"
    return schema.get("title") or f"of type {schema.get('type', 'any')}"
