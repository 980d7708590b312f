"""What the doctor finds beside the log: views, streams set aside, and keys."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import psycopg

from api.doctor_finding import Finding
from api.doctor_queries import SQL
from api.doctor_tree import proofs
from api.settings import Settings
from ledger.store.head import Head
from ledger.store.loading import SQL as LOADING

FAR_BEHIND: Final = 10_000
"""Facts; a view that is followed is some hundred behind under load."""
SOON: Final = timedelta(days=14)


def beside_the_log(connection: "psycopg.Connection[Any]", settings: Settings) -> Iterator[Finding]:
    """Views as far as this database has any, and keys."""
    has = connection.execute(SQL["tables"]).fetchone()
    has_projections, has_parked, has_page_key = has or (False, False, False)
    if has_projections:
        yield _views(connection)
    if has_parked:
        yield _parked(connection)
    if has_page_key:
        (keys,) = connection.execute(SQL["page_keys"]).fetchone() or (0,)
        says = "there" if keys else "drawn when the first page is asked for"
        yield Finding("page key", "ok", says)
    yield _keys(connection, settings)
    yield proofs(connection, settings)


def _views(connection: "psycopg.Connection[Any]") -> Finding:
    row = connection.execute(LOADING["read_head"]).fetchone()
    end = 0 if row is None else Head.of(row).last_position
    places = dict(connection.execute(SQL["projections"]).fetchall())
    behind = {name: end - place for name, place in places.items() if place < end}
    if not behind:
        return Finding("views", "ok", f"{len(places)} views have read the whole log")
    says = ", ".join(f"{name} is {facts:,} facts behind" for name, facts in behind.items())
    if max(behind.values()) < FAR_BEHIND:
        return Finding("views", "ok", says)
    return Finding("views", "warn", says, "run a server: it brings them up to date")


def _parked(connection: "psycopg.Connection[Any]") -> Finding:
    rows = connection.execute(SQL["parked"]).fetchall()
    if not rows:
        return Finding("parked", "ok", "no view has set a stream aside")
    says = "; ".join(f"{name} set {count} aside, {one} among them" for name, count, one in rows)
    return Finding("parked", "fail", says, "read the cause, mend it, and have them taken again")


def _keys(connection: "psycopg.Connection[Any]", settings: Settings) -> Finding:
    now = datetime.now(UTC)
    dates = {"now": now, "soon": now + SOON}
    keys, admins, ending = connection.execute(SQL["api_keys"], dates).fetchone() or (0, 0, None)
    says = f"{keys} open, {admins} of them for administrators"
    if ending:
        says += f"; within {SOON.days} days end those of {', '.join(sorted(set(ending)))}"
        return Finding("api keys", "warn", says, "make new ones: `seller-ledger keys create`")
    if not keys and settings.auth == "keys":
        return Finding(
            "api keys", "warn", "there is none, so nobody can ask", "`seller-ledger keys create`"
        )
    return Finding("api keys", "ok", says)
