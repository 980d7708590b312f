"""`import-orders`: files of orders become days, once, and corrections where they changed."""

from pathlib import Path
from typing import Any

import psycopg
import pytest

from api.demo.orders import make_files
from tests.cli.conftest import Run
from tests.spec.orders.small import ITEMS, ITEMS_FILE, ORDERS, REVIEWS, write_small


def facts(dsn: str) -> list[tuple[str, int]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(
            "SELECT originator_id, originator_version FROM stored_events"
            " WHERE topic LIKE '%performance%' ORDER BY notification_id"
        ).fetchall()


def imported(run: Run, folder: Path, *more: object) -> dict[str, Any]:
    ran = run("import-orders", "olist", folder, "--json", *more)
    assert ran.status == 0, ran.out + ran.err
    return ran.json()


def counts(told: dict[str, Any]) -> tuple[int, int, int, int]:
    return told["new"], told["corrected"], told["unchanged"], told["refused"]


def test_days_are_told_once_and_corrected_where_they_changed(
    run: Run, dsn: str, tmp_path: Path
) -> None:
    folder = write_small(tmp_path / "files")
    would = imported(run, folder, "--dry-run")
    assert counts(would) == (13, 0, 0, 0)
    assert facts(dsn) == []
    first = imported(run, folder)
    assert (first["orders"], first["orders_without_items"]) == (5, 1)
    assert counts(first) == (13, 0, 0, 0)
    assert len(facts(dsn)) == 13
    assert counts(imported(run, folder)) == (0, 0, 13, 0)
    assert len(facts(dsn)) == 13
    # One more review of o2: a day of its seller and one of its product say something else now.
    write_small(folder, reviews=REVIEWS + "r4,o2,5,,,2026-01-14 00:00:00,2026-01-16 00:00:00\n")
    assert counts(imported(run, folder, "--dry-run")) == (0, 2, 11, 0)
    assert counts(imported(run, folder)) == (0, 2, 11, 0)
    corrected = {stream for stream, version in facts(dsn) if version == 2}
    assert corrected == {"performance-s2,2026-01-14", "product-s2:p1,2026-01-14"}
    assert counts(imported(run, folder)) == (0, 0, 13, 0)


def test_what_files_do_not_say_of_a_day_stays_as_it_was_told(
    run: Run, dsn: str, tmp_path: Path
) -> None:
    file = tmp_path / "told.ndjson"
    file.write_text(
        '{"command": "report-performance", "seller_id": "s1", "date": "2026-01-05",'
        ' "messages_due": 4, "replied_24h": 2, "replied_72h": 3, "orders": 9}\n'
    )
    assert run("import", file, "--json").json()["taken"] == 1
    told = imported(run, write_small(tmp_path / "files"))
    assert counts(told) == (12, 1, 0, 0)
    with psycopg.connect(dsn) as connection:
        row = connection.execute(
            "SELECT convert_from(state, 'UTF8')::json FROM stored_events"
            " WHERE originator_id = 'performance-s1,2026-01-05' AND originator_version = 2"
        ).fetchone()
    assert row is not None
    assert {name: row[0][name] for name in ("messages_due", "replied_24h", "orders")} == {
        "messages_due": 4, "replied_24h": 2, "orders": 1,
    }  # fmt: skip


def test_nothing_is_told_of_files_with_a_mistake(run: Run, dsn: str, tmp_path: Path) -> None:
    folder = write_small(
        tmp_path, items=ITEMS.replace("p2,s2,", "p2,the shop,"), orders=ORDERS.replace("o2,c2", ",")
    )
    ran = run("import-orders", "olist", folder)
    assert ran.status == 1
    assert "Nothing was imported, because of" in ran.err
    ran = run("import-orders", "olist", folder, "--json")
    assert ran.status == 1
    told = ran.json()
    assert told["field"].startswith("olist_orders_dataset.csv:3")
    assert told["accepted"]
    assert facts(dsn) == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["no-such-layout", "."], "The layout no-such-layout is refused: the file cannot be read"),
        (["olist", "/nowhere"], "is no folder"),
    ],
)
def test_what_is_not_there_is_refused(run: Run, words: list[str], says: str) -> None:
    ran = run("import-orders", *words)
    assert ran.status == 1
    assert says in ran.err
    assert "Accepted: " in ran.err


def test_days_that_the_ledger_refuses_are_told(run: Run, dsn: str, tmp_path: Path) -> None:
    old = ORDERS.replace("o3,c3,canceled,2026-01-06 00", "o3,c3,canceled,2019-01-06 00")
    folder = write_small(tmp_path, orders=old)
    ran = run("import-orders", "olist", folder)
    assert ran.status == 0, ran.err
    assert "1 refused" in ran.out
    assert "s1, 2019-01-06: No edition of aliexpress is in force on 2019-01-06" in ran.out


def test_many_orders_come_in_whole_whichever_way_they_are_batched(
    run: Run, dsn: str, tmp_path: Path
) -> None:
    make_files(tmp_path, 3_000, sellers=40, days=60)
    told = imported(run, tmp_path)
    total = told["sellers_days"] + told["products_days"]
    assert counts(told) == (total, 0, 0, 0)
    assert total > 3_000
    assert len(facts(dsn)) == total
    (tmp_path / ITEMS_FILE).rename(tmp_path / "gone")
    assert run("import-orders", "olist", tmp_path).status == 1


def test_what_files_add_up_to_is_held_to_the_limits_of_every_report(
    run: Run, dsn: str, tmp_path: Path
) -> None:
    layout = tmp_path / "many.toml"
    layout.write_text(
        '[orders]\nfile = "o.csv"\norder = "nr"\nstatus = "state"\npurchased = "bought"\n'
        'delivered = "came"\npromised = "due"\ncarrier = "by"\n[statuses]\nknown = ["ok"]\n'
        '[items]\nfile = "i.csv"\norder = "nr"\nitem = "pos"\nproduct = "sku"\nseller = "shop"\n'
        'quantity = "qty"\n'
    )
    at = "2026-01-05 10:00:00"
    orders = [f"{n},ok,{at},{at},{at},carrier {n}" for n in range(101)]
    (tmp_path / "o.csv").write_text("\n".join(["nr,state,bought,came,due,by", *orders, ""]))
    items = [f"{n},1,p,s1,999999999" for n in range(101)]
    (tmp_path / "i.csv").write_text("\n".join(["nr,pos,sku,shop,qty", *items, ""]))
    ran = run("import-orders", layout, tmp_path)
    assert ran.status == 1
    assert "s1, 2026-01-05: carriers is too long. Accepted: an object of up to 100." in ran.out
    assert "p, 2026-01-05: sales is too large" in ran.out
    assert facts(dsn) == []
