"""What a refused request may not change."""

import psycopg

TABLES = (
    "stored_events",
    "seller_state",
    "seller_key",
    "sealed_text",
    "idempotency_key",
    "policy_edition",
)


def footprint(connection: "psycopg.Connection[tuple[int, ...]]") -> tuple[int, ...]:
    """The log's next position and the rows of every table that a write touches."""
    counts = ", ".join(f"(SELECT count(*) FROM {table})" for table in TABLES)
    row = connection.execute(
        f"SELECT next_position, {counts} FROM log_head"  # type: ignore[arg-type]
    ).fetchone()
    assert row is not None
    return row


def told_by_requests(connection: "psycopg.Connection[tuple[int, ...]]") -> tuple[int, ...]:
    """The same without what time brings by itself: a warning that was imposed before ends while
    another request is under way.
    """
    _, _, *others = footprint(connection)
    row = connection.execute(
        "SELECT count(*) FROM stored_events"
        " WHERE convert_from(state, 'UTF8')::json ->> 'by' <> 'ledger'"
    ).fetchone()
    assert row is not None
    return (*row, *others)
