"""Texts and rule books held against the facts that name them: by a seal, or by a digest."""

from typing import Any, Final

from psycopg import Cursor

from ledger.facts.kinds import from_bytes
from ledger.facts.policies import PolicyPublished
from ledger.policy.document import digest
from ledger.store.seals import seal_of
from ledger.store.sql import queries
from projections.holding.memos import Compared
from projections.tree.sources import one_moment
from projections.tree.stretches import Finding

SQL: Final = queries("projections.holding", "texts.sql")
AT_ONCE: Final = 20_000
_BEHIND_ALL: Final = (1 << 63) - 1


def stretches(end: int) -> list[tuple[int, int]]:
    """The positions of a log that ends there, in stretches; the last one has no end."""
    firsts = range(0, max(end, 1), AT_ONCE)
    return [(at, at + AT_ONCE if at + AT_ONCE < end else _BEHIND_ALL) for at in firsts]


def count(cursor: Cursor[Any]) -> int:
    """About how many texts there are: told to whoever waits."""
    cursor.execute(SQL["about_how_many"])
    (found,) = cursor.fetchone() or (0,)
    return max(0, int(found))


def compare(dsn: str, after: int, to: int) -> Compared:
    """Compare the texts that are kept behind a position and up to another."""
    with one_moment(dsn) as cursor:
        cursor.execute(SQL["texts"], {"after": after, "to": to}, binary=True)
        rows = cursor.fetchall()
    told = [(row[0], _says(*row)) for row in rows]
    findings = [Finding("text", position, says) for position, says in told if says is not None]
    return Compared(len(rows), findings)


def _says(
    position: int, salt: bytes, body: bytes, key: bytes | None, state: bytes | None
) -> str | None:
    """What is wrong with a text; None for nothing."""
    if state is None:
        return f"a text is kept for position {position}, where no fact stands"
    if key is None:
        return f"the text of the fact at position {position} has no key"
    if f'"{seal_of(body, salt, key)}"'.encode() not in state:
        return f"the text of the fact at position {position} is not the one that it sealed"
    return None


def editions(cursor: Cursor[Any]) -> list[Finding]:
    """What is wrong with the rule books that are kept: each is what its fact names."""
    cursor.execute(SQL["editions"])
    findings: list[Finding] = []
    for named, ref, canonical, position, state in cursor.fetchall():
        if state is None:
            says = f"the edition {ref} is kept, and no fact published it"
        elif canonical is None:
            says = f"the edition that the fact at position {position} published is gone"
        elif not _is_as_published(named, ref, canonical, state):
            says = f"the edition {ref} is not what the fact at position {position} published"
        else:
            continue
        findings.append(Finding("policy", position, says))
    return findings


def _is_as_published(named: str, ref: str, canonical: bytes, state: bytes) -> bool:
    fact = from_bytes("policy-published.v1", state)
    assert isinstance(fact, PolicyPublished)
    return named == fact.digest == digest(canonical) and ref == fact.policy
