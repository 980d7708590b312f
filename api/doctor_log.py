"""What the doctor finds in the log: its end, its clock, imports, due work, rules and memos."""

from collections.abc import Iterator
from typing import Any, Final

import psycopg

from api.doctor_finding import Finding
from api.doctor_queries import SQL
from api.opening import chosen_pack, system_now
from api.settings import Settings
from ledger.facts.ids import seller_stream
from ledger.facts.instants import SECOND_US, Instant, format_instant
from ledger.facts.kinds import UnreadableFact
from ledger.policy.book import BeforeFirstPack, UnknownPack
from ledger.policy.document import canonical, digest, read
from ledger.policy.shipped import shipped_packs
from ledger.store.clocks import MOST_AHEAD_US
from ledger.store.head import Head
from ledger.store.lease import importing
from ledger.store.loading import SQL as LOADING
from ledger.store.loading import load_book, load_sellers, load_stream, replay

SAMPLE: Final = 100
NEWEST: Final = 1_000
LATE_US: Final = 60 * SECOND_US
"""A server records what falls due within seconds."""


def log(connection: "psycopg.Connection[Any]", settings: Settings) -> Iterator[Finding]:
    """Everything about the log, if it was begun."""
    row = connection.execute(LOADING["read_head"]).fetchone()
    if row is None:
        yield Finding("log", "warn", "it was not begun", "start the server: it does that")
        return
    head = Head.of(row)
    now = clock_of(head)
    yield _end(connection, head)
    yield _clock(head, settings)
    yield _lease(connection)
    yield _due(connection, now)
    yield from _packs(connection, head, settings, now)
    yield _memos(connection)


def clock_of(head: Head) -> Instant:
    """The present instant by the log's clock."""
    return head.clock_at or head.last_recorded_at if head.clock == "test" else system_now()


def _end(connection: "psycopg.Connection[Any]", head: Head) -> Finding:
    last, facts = connection.execute(SQL["end_of_log"]).fetchone() or (0, 0)
    if last != head.last_position:
        says = f"the newest fact is {last}, and log_head says {head.last_position}"
        return Finding("log", "fail", says, _BROKEN)
    if facts != min(NEWEST, last):
        says = f"of the newest {min(NEWEST, last):,} positions only {facts:,} are there"
        return Finding("log", "fail", says, _BROKEN)
    when = f", the last at {format_instant(head.last_recorded_at)}" if last else ""
    return Finding("log", "ok", f"{last:,} facts without a gap at the end{when}")


_BROKEN: Final = "stop writing, and restore from a backup: nothing of the ledger's does that"


def _clock(head: Head, settings: Settings) -> Finding:
    if head.clock != settings.clock:
        says = f"the log is driven by the {head.clock} clock, and LEDGER_CLOCK={settings.clock}"
        return Finding(
            "clock", "fail" if head.clock == "test" else "warn", says, f"LEDGER_CLOCK={head.clock}"
        )
    ahead = head.last_recorded_at - system_now()
    if head.clock == "system" and ahead > MOST_AHEAD_US:
        says = f"the log's last fact lies in the future: {format_instant(head.last_recorded_at)}"
        return Finding("clock", "fail", says, "set this machine's clock; until then nothing writes")
    if head.clock == "system" and ahead > 0:
        says = f"the log's last fact is {ahead / SECOND_US:,.1f} s ahead of this machine"
        return Finding("clock", "warn", says, "keep the machines that write by NTP")
    return Finding("clock", "ok", f"the {head.clock} clock")


def _lease(connection: "psycopg.Connection[Any]") -> Finding:
    label, alive = importing(connection)
    if label is None:
        return Finding("import", "ok", "no history import holds the log")
    if alive:
        return Finding("import", "warn", f"{label} is being imported; other writers wait", "wait")
    return Finding(
        "import",
        "fail",
        f"{label} was begun and is not finished: nothing else can be written",
        "import the same file again, or give it up with `seller-ledger import FILE --history "
        "--abandon`",
    )


def _due(connection: "psycopg.Connection[Any]", now: Instant) -> Finding:
    sellers, oldest = connection.execute(SQL["waiting_due"], {"now": now}).fetchone() or (0, 0)
    if not sellers:
        return Finding("due work", "ok", "everything that fell due is recorded")
    since = f"from {format_instant(oldest)} on" if oldest else "once their memos are derived again"
    says = f"{sellers:,} sellers wait for facts that fell due {since}; readers see them already"
    late = now - oldest > LATE_US
    return Finding("due work", "warn", says, "run a server: it records them" if late else None)


def _packs(
    connection: "psycopg.Connection[Any]", head: Head, settings: Settings, now: Instant
) -> Iterator[Finding]:
    pack = chosen_pack(settings.policy).name
    with connection.cursor() as cursor:
        book = load_book(cursor)
    if pack != head.pack:
        says = f"the log was begun under {head.pack}, and LEDGER_POLICY names {pack}"
        yield Finding("policy", "fail", says, f"LEDGER_POLICY={head.pack}")
    else:
        try:
            found = book.in_force(pack, now, now)
            says = f"{found.ref} is in force, {found.digest}"
            yield Finding("policy", "ok", says)
        except (BeforeFirstPack, UnknownPack) as none:
            yield Finding("policy", "fail", str(none), "start the server: it enters shipped packs")
    held = {e.policy.ref: e.policy.digest for e in book.editions}
    shipped = {ref: digest(canonical(read(text))) for ref, text in shipped_packs().items()}
    other = sorted(ref for ref in shipped.keys() & held.keys() if shipped[ref] != held[ref])
    absent = sorted(shipped.keys() - held.keys())
    if other:
        says = f"shipped with other content than the log holds, which decides: {', '.join(other)}"
        yield Finding("packs", "fail", says, "give changed rules an edition of their own")
    elif absent:
        says = f"shipped, and not in the log: {', '.join(absent)}"
        yield Finding("packs", "warn", says, "start the server: what does not reach back enters")
    else:
        yield Finding("packs", "ok", f"{len(held)} editions, all shipped ones among them")


def _memos(connection: "psycopg.Connection[Any]") -> Finding:
    rows = connection.execute(SQL["some_sellers"], {"most": SAMPLE}).fetchall()
    sellers = [seller_id for (seller_id,) in rows]
    differing: list[str] = []
    with connection.cursor() as cursor:
        for seller_id in sellers:
            try:
                kept = load_sellers(cursor, [seller_id])[seller_id].seller
                if kept != replay(seller_id, load_stream(cursor, seller_stream(seller_id))):
                    differing.append(seller_id)
            except UnreadableFact as cause:
                says = f"{seller_id}: {cause}"
                return Finding("memos", "fail", says, "run the version that wrote it, or mend it")
    if differing:
        says = f"what is kept of {', '.join(sorted(differing)[:5])} is not what the facts say"
        return Finding("memos", "fail", says, "report it: their standings may be wrong")
    return Finding("memos", "ok", f"{len(sellers)} sellers, taken by lot, are as their facts say")
