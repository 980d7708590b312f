"""Files and layouts with mistakes are refused: where each stands, and what would be accepted."""

from pathlib import Path

import pytest

from api.orders.days import days_of
from api.orders.layout import layout_from, load_layout
from api.orders.mistakes import MOST_TOLD, FilesRefused, MalformedLayout, NoSuchFiles
from tests.spec.orders.small import (
    ITEMS,
    ITEMS_FILE,
    ORDERS,
    ORDERS_FILE,
    PRODUCTS,
    PRODUCTS_FILE,
    REVIEWS,
    REVIEWS_FILE,
    write_small,
)

OLIST = load_layout("olist")
SHIPPED = Path("api/orders/layouts/olist.toml").read_text("utf-8")


def refusal(folder: Path) -> FilesRefused:
    with pytest.raises(FilesRefused) as refused, days_of(OLIST, folder):
        pass
    assert refused.value.accepted
    return refused.value


MISTAKES = {
    "an instant of another shape": (
        {"orders": ORDERS.replace("2026-01-05 23:59:59", "05/01/2026 23:59")},
        (ORDERS_FILE, 3, "order_purchase_timestamp"),
        "%Y-%m-%d %H:%M:%S",
    ),
    "a day that no calendar has": (
        {"orders": ORDERS.replace("2026-01-06 00:00:00", "2026-02-30 00:00:00")},
        (ORDERS_FILE, 4, "order_purchase_timestamp"),
        "2018-01-31 09:30:00",
    ),
    "no purchase": (
        {"orders": ORDERS.replace(",2026-01-06 09:00:00,", ",,")},
        (ORDERS_FILE, 5, "order_purchase_timestamp"),
        "an instant",
    ),
    "a status that the layout does not know": (
        {"orders": ORDERS.replace("canceled", "cancelled")},
        (ORDERS_FILE, 4, "order_status"),
        "created or approved",
    ),
    "an order told twice": (
        {"orders": ORDERS.replace("\no3,", "\no1,")},
        (ORDERS_FILE, 4, "order_id"),
        "once",
    ),
    "no order": (
        {"orders": ORDERS.replace("\no3,", "\n,")},
        (ORDERS_FILE, 4, "order_id"),
        "1 to 200",
    ),
    "a seller that is no id": (
        {"items": ITEMS.replace("p2,s2,", "p2,the shop,")},
        (ITEMS_FILE, 4, "seller_id"),
        "1 to 128 letters",
    ),
    "a product that makes no id": (
        {"items": ITEMS.replace("1,3,p2", "1,3,p 2").replace(",p2,", ",p 2,")},
        (ITEMS_FILE, 4, "product_id"),
        "1 to 128 letters",
    ),
    "freight that is no amount": (
        {"items": ITEMS.replace("5.50,1.20", "5.50,-1.20")},
        (ITEMS_FILE, 4, "freight_value"),
        "an amount",
    ),
    "an item told twice": (
        {"items": ITEMS.replace("o1,2,", "o1,1,")},
        (ITEMS_FILE, 3, "order_item_id"),
        "once",
    ),
    "an item of no order": (
        {"items": ITEMS.replace("\no2,", "\no99,")},
        (ITEMS_FILE, 5, "order_id"),
        "an order of that file",
    ),
    "stars out of five": (
        # The words before it run over two lines: the line is where the record begins.
        {"reviews": REVIEWS.replace("r2,o2,3", "r2,o2,6")},
        (REVIEWS_FILE, 4, "review_score"),
        "from 1 to 5",
    ),
    "a review of no order": (
        {"reviews": REVIEWS.replace("r3,o3", "r3,o77")},
        (REVIEWS_FILE, 5, "order_id"),
        "an order of that file",
    ),
    "a review told twice": (
        {"reviews": REVIEWS + "r3,o3,2,,,2026-01-22 00:00:00,2026-01-22 10:00:00\n"},
        (REVIEWS_FILE, 6, "review_id"),
        "once",
    ),
    "a product told twice": (
        {"products": PRODUCTS + "p1,games,3\n"},
        (PRODUCTS_FILE, 4, "product_id"),
        "once",
    ),
    "a line cut short": (
        {"items": ITEMS.replace(",9.00,2.00", ",9.00")},
        (ITEMS_FILE, 5, ""),
        "7 values",
    ),
    "a line too long": (
        {"items": ITEMS.replace(",9.00,2.00", ",9,00,2,00")},
        (ITEMS_FILE, 5, ""),
        "7 values",
    ),
    "a quote that is never closed": (
        {"reviews": REVIEWS.replace('""quick"" too"', "quick")},
        (REVIEWS_FILE, 2, ""),
        "quotes",
    ),
    "a value longer than any is read": (
        {"reviews": REVIEWS.replace("quick", "q" * 131_073)},
        (REVIEWS_FILE, 2, ""),
        "up to 131,072 characters",
    ),
    "a column that is not there": (
        {"items": ITEMS.replace("seller_id", "vendor")},
        (ITEMS_FILE, 1, "seller_id"),
        "'vendor'",
    ),
    "a column that is there twice": (
        {"items": ITEMS.replace("shipping_limit_date", "seller_id")},
        (ITEMS_FILE, 1, "seller_id"),
        "it once",
    ),
    "an empty file": ({"orders": ""}, (ORDERS_FILE, 1, "order_id"), "the file is empty"),
    "semicolons": (
        {"products": PRODUCTS.replace(",", ";")},
        (PRODUCTS_FILE, 1, "product_id"),
        "product_id;product_category_name",
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_told_with_its_place(case: str, tmp_path: Path) -> None:
    changed, place, accepted = MISTAKES[case]
    told = refusal(write_small(tmp_path, **changed))
    first = told.mistakes[0]
    assert (first.file, first.line, first.column) == place
    assert accepted in first.accepted
    assert str(first) in str(told)


def test_bytes_of_another_encoding_are_refused_where_they_are_read(tmp_path: Path) -> None:
    folder = write_small(tmp_path)
    (folder / PRODUCTS_FILE).write_bytes(PRODUCTS.replace("toys", "bebês").encode("latin-1"))
    first = refusal(folder).mistakes[0]
    assert (first.file, first.line, first.column) == (PRODUCTS_FILE, 2, "product_category_name")


def test_bytes_of_another_encoding_in_words_that_are_not_read_hinder_nothing(
    tmp_path: Path,
) -> None:
    folder = write_small(tmp_path)
    (folder / REVIEWS_FILE).write_bytes(REVIEWS.replace("Good", "Ótimo").encode("latin-1"))
    with days_of(OLIST, folder) as days:
        assert days.found.reviews == 3


def test_every_mistake_is_told_up_to_twenty(tmp_path: Path) -> None:
    header = ORDERS.splitlines()[0] + "\n"
    bad = [f"o{n},c,lost,2026-01-05 10:00:00,,,,\n" for n in range(3)]
    told = refusal(write_small(tmp_path / "a", orders=header + "".join(bad)))
    assert len(told.mistakes) == 3
    assert "3 mistakes" in str(told)
    told = refusal(write_small(tmp_path / "b", orders=header + "".join(bad * 99)))
    assert len(told.mistakes) == MOST_TOLD


def test_a_product_of_several_sellers_needs_an_id_for_each(tmp_path: Path) -> None:
    shared = layout_from(SHIPPED.replace("{seller_id}:", ""), "shared.toml")
    folder = write_small(tmp_path)
    sold = pytest.raises(FilesRefused, match="'p1' is sold by 2 sellers")
    with sold as refused, days_of(shared, folder):
        pass
    assert "{seller_id}" in (refused.value.accepted or "")


def test_files_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(NoSuchFiles, match="is no folder"), days_of(OLIST, tmp_path / "nowhere"):
        pass
    folder = write_small(tmp_path, items=None)
    with pytest.raises(NoSuchFiles, match=ITEMS_FILE), days_of(OLIST, folder):
        pass


LAYOUTS = {
    "not TOML": (lambda text: text + "\n[", "the file"),
    "a table that is not there": (lambda text: text.replace("[items]", "[things]"), ""),
    "a key that is misspelt": (lambda text: text.replace("handed_over", "handed"), "orders.handed"),
    "a key that is missing": (
        lambda text: text.replace('status = "order_status"\n', ""),
        "orders.status",
    ),
    "a number for a name": (
        lambda text: text.replace('order = "order_id"\nstatus', "order = 7\nstatus"),
        "orders.order",
    ),
    "an unknown delimiter": (lambda text: text.replace('","', '"!"', 1), "files.delimiter"),
    "an unknown encoding": (lambda text: text.replace('"utf-8"', '"ebcdic"', 1), "files.encoding"),
    "a zone": (lambda text: text.replace("%S", "%S%z", 1), "files.instants"),
    "six stars": (
        lambda text: text.replace("positive_from = 4", "positive_from = 6"),
        "reviews.positive_from",
    ),
    "a status that is not known": (
        lambda text: text.replace('left_out = ["created"]', 'left_out = ["gone"]'),
        "statuses.left_out",
    ),
    "a product id without the product": (
        lambda text: text.replace("{product_id}", "{product}"),
        "ids.product",
    ),
    "another way to be on time": (
        lambda text: text.replace("promised-day", "promised-week"),
        "shipping.on_time",
    ),
    "a carrier twice": (
        lambda text: text.replace('paid = "', 'carrier = "by"\npaid = "'),
        "shipping.carrier_name",
    ),
    "instants without a year": (
        lambda text: text.replace("[reviews]", '[reviews]\ninstants = "%d/%m %H:%M"'),
        "reviews.instants",
    ),
    "instants as nobody writes them": (
        lambda text: text.replace("[orders]", '[orders]\ninstants = "%Q"'),
        "orders.instants",
    ),
    "a carrier and no promise": (
        lambda text: text.replace('promised = "order_estimated_delivery_date"\n', ""),
        "shipping.carrier_name",
    ),
}


@pytest.mark.parametrize("case", LAYOUTS)
def test_a_layout_with_a_mistake_is_refused(case: str) -> None:
    change, where = LAYOUTS[case]
    assert change(SHIPPED) != SHIPPED
    with pytest.raises(MalformedLayout) as refused:
        layout_from(change(SHIPPED), "mine.toml")
    assert str(refused.value).startswith("the layout mine.toml is refused: ")
    assert refused.value.accepted
    assert where in (refused.value.field or "")


def test_a_layout_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MalformedLayout, match="no such file") as refused:
        load_layout(str(tmp_path / "no.toml"))
    assert "olist" in (refused.value.accepted or "")
