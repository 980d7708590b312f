"""Files of orders come to days: counted by hand, and held against a slow recount."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.demo.orders import make_files
from api.orders.days import days_of
from api.orders.layout import Layout, layout_from, load_layout
from ledger.decide.performance_commands import (
    PerformanceCommand,
    ReportPerformance,
    ReportProductPerformance,
    ShippedTold,
)
from tests.spec.orders.recount import recounted
from tests.spec.orders.small import ITEMS, ORDERS, PRODUCTS, REVIEWS, write_small

OLIST = load_layout("olist")


def days(folder: Path, layout: Layout = OLIST) -> dict[tuple[str, str], PerformanceCommand]:
    with days_of(layout, folder) as found:
        told = [command for batch in found.commands(7) for command in batch]
    named = {(getattr(c, "product_id", c.seller_id), c.date): c for c in told}
    assert len(named) == len(told), "a day is told once"
    return named


def seller(**counts: Any) -> ReportPerformance:
    told = {name: ShippedTold(*c) for name, c in counts.pop("carriers", {}).items()}
    return ReportPerformance(carriers=told, actor="orders-import", **counts)


def product(**counts: Any) -> ReportProductPerformance:
    return ReportProductPerformance(actor="orders-import", **counts)


def test_three_orders_come_to_these_days(tmp_path: Path) -> None:
    told = days(write_small(tmp_path))
    by_all = "all-carriers"
    one = {"seller_id": "s1"}
    two = {"seller_id": "s2"}
    wanted: list[PerformanceCommand] = [
        seller(**one, date="2026-01-05", orders=1, carriers={by_all: (1, 1)}),
        # An order of two sellers counts for each; one that came a second after its day is late.
        seller(**two, date="2026-01-05", orders=2, carriers={by_all: (2, 1)}),
        # What was only begun counts for nothing, and what has no items is nobody's.
        seller(**one, date="2026-01-06", orders=1, incomplete=1, unsent=1),
        seller(**one, date="2026-01-14", reviews=1, positive_reviews=1),
        seller(**two, date="2026-01-14", reviews=2, positive_reviews=1),
        seller(**one, date="2026-01-21", reviews=1),
        product(product_id="s1:p1", **one, date="2026-01-05", sales=2, category="toys",
                free_delivery=True),
        product(product_id="s1:p1", **one, date="2026-01-14", reviews=1, rating_sum=4,
                category="toys"),
        product(product_id="s1:p1", **one, date="2026-01-21", reviews=1, rating_sum=1,
                category="toys"),
        product(product_id="s2:p1", **two, date="2026-01-05", sales=1, category="toys",
                free_delivery=False),
        product(product_id="s2:p1", **two, date="2026-01-14", reviews=1, rating_sum=3,
                category="toys"),
        product(product_id="s2:p2", **two, date="2026-01-05", sales=1, free_delivery=False),
        product(product_id="s2:p2", **two, date="2026-01-14", reviews=1, rating_sum=4),
    ]  # fmt: skip
    assert _plain(told.values()) == _plain(wanted)


def _plain(commands: Any) -> list[Any]:
    plain = [msgspec.to_builtins(command) for command in commands]
    for each in plain:
        if not each.get("carriers"):
            each.pop("carriers", None)
        if not each.get("ratings"):
            each.pop("ratings", None)
    return sorted(plain, key=repr)


def test_sellers_come_first_and_each_kind_in_the_order_of_time(tmp_path: Path) -> None:
    with days_of(OLIST, write_small(tmp_path)) as found:
        told = [command for batch in found.commands(2) for command in batch]
        assert found.found == (5, 6, 3, 1, 6, 7)
    kinds = [type(c) is ReportProductPerformance for c in told]
    assert kinds == sorted(kinds)
    for kind in (ReportPerformance, ReportProductPerformance):
        dates = [c.date for c in told if isinstance(c, kind)]
        assert dates == sorted(dates)


def test_by_the_instant_an_order_is_late_after_midnight_of_the_day_promised(tmp_path: Path) -> None:
    strict = msgspec.structs.replace(
        OLIST, shipping=msgspec.structs.replace(OLIST.shipping, on_time="promised-instant")
    )
    told = days(write_small(tmp_path), strict)["s1", "2026-01-05"]
    assert isinstance(told, ReportPerformance)
    assert told.carriers == {"all-carriers": ShippedTold(1, 0)}


def test_what_may_still_come_in_time_is_not_yet_counted_as_shipped(tmp_path: Path) -> None:
    on_its_way = ORDERS.replace("2026-01-13 00:00:00,2026-01-12", ",2026-01-12")
    told = days(write_small(tmp_path, orders=on_its_way))["s2", "2026-01-05"]
    assert isinstance(told, ReportPerformance)
    # The files end on 6 January: by then only one of the two is decided.
    assert told.carriers == {"all-carriers": ShippedTold(1, 1)}
    later = on_its_way + (
        "o9,c9,approved,2026-01-13 00:00:00,2026-01-13 00:00:00,,,2026-02-01 00:00:00\n"
    )
    told = days(write_small(tmp_path, orders=later))["s2", "2026-01-05"]
    assert isinstance(told, ReportPerformance)
    assert told.carriers == {"all-carriers": ShippedTold(2, 1)}


OTHER = """
[files]
encoding = "cp1252"
delimiter = ";"
instants = "%d/%m/%Y %H:%M"
[orders]
file = "o.csv"
order = "nr"
status = "state"
purchased = "bought"
handed_over = "sent"
delivered = "came"
promised = "due"
carrier = "by"
[statuses]
known = ["ok", "gone"]
incomplete = ["gone"]
[items]
file = "i.csv"
order = "nr"
item = "pos"
product = "sku"
seller = "shop"
quantity = "qty"
[reviews]
file = "r.csv"
review = "id"
order = "nr"
score = "stars"
created = "at"
instants = "%d.%m.%Y"
positive_from = 3
description = "as_described"
[ids]
actor = "shop-export"
"""


def test_another_layout_needs_no_code(tmp_path: Path) -> None:
    layout = layout_from(OTHER, "other.toml")
    files = {
        "o.csv": "nr;state;bought;sent;came;due;by\n"
        "1;ok;31/01/2026 09:30;01/02/2026 10:00;03/02/2026 10:00;03/02/2026 00:00;Café Express\n"
        "2;gone;31/01/2026 09:30;;;;\n",
        "i.csv": "nr;pos;sku;shop;qty\n1;1;a;s1;3\n2;1;a;s1;1\n",
        "r.csv": "id;nr;stars;at;as_described\n1;1;3;05.02.2026;5\n2;1;2;05.02.2026;\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, "cp1252")
    told = days(tmp_path, layout)
    day = told["s1", "2026-01-31"]
    assert isinstance(day, ReportPerformance)
    assert (day.orders, day.incomplete, day.unsent) == (2, 1, 0)
    assert day.carriers == {"Café Express": ShippedTold(1, 1)}
    rated = told["s1", "2026-02-05"]
    assert isinstance(rated, ReportPerformance)
    assert rated.ratings is not None
    assert rated.ratings.description is not None
    assert (rated.reviews, rated.positive_reviews, rated.ratings.description.sum) == (2, 1, 5)
    goods = told["a", "2026-01-31"]
    assert isinstance(goods, ReportProductPerformance)
    assert (goods.sales, goods.free_delivery, goods.actor) == (3, None, "shop-export")


def test_the_words_of_reviews_are_nowhere(tmp_path: Path) -> None:
    secret = REVIEWS.replace("Good,", "My name is Ana,")
    told = days(write_small(tmp_path, reviews=secret))
    assert "Ana" not in repr(told)


def test_a_file_of_products_may_be_missing_where_the_layout_says_so(tmp_path: Path) -> None:
    told = days(write_small(tmp_path, products=None))
    assert {getattr(c, "category", None) for c in told.values()} == {None}


@pytest.mark.parametrize("text", ["\ufeff" + ORDERS, ORDERS.replace("\n", "\r\n"), ORDERS + "\n\n"])
def test_marks_and_ends_of_lines_make_no_difference(tmp_path: Path, text: str) -> None:
    assert days(write_small(tmp_path / "a", orders=text)) == days(write_small(tmp_path / "b"))


def test_no_orders_come_to_no_days(tmp_path: Path) -> None:
    nothing = {
        "orders": ORDERS, "items": ITEMS, "reviews": REVIEWS, "products": PRODUCTS,
    }  # fmt: skip
    heads = {name: text.splitlines()[0] + "\n" for name, text in nothing.items()}
    assert days(write_small(tmp_path, **heads)) == {}


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000), sellers=st.integers(1, 6), orders=st.integers(0, 120))
def test_days_are_what_a_slow_recount_finds(
    tmp_path_factory: pytest.TempPathFactory, seed: int, sellers: int, orders: int
) -> None:
    folder = tmp_path_factory.mktemp("made")
    make_files(folder, orders, sellers=sellers, days=5, seed=seed)
    assert _plain(days(folder).values()) == _plain(recounted(folder))
