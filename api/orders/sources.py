"""The files that a layout names, column by column, and what becomes of their rows."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyarrow as pa

from api.orders.layout import Layout, Reviews
from api.orders.mistakes import Mistake, Mistakes, NoSuchFiles, quoted
from api.orders.reading import (
    Column,
    Source,
    a_count,
    a_key,
    a_score,
    an_id,
    instant_as,
    is_free,
    name_up_to,
    one_of,
    or_none,
)
from ledger.facts.ids import ID_ACCEPTED, ID_PATTERN

Columns = dict[str, list[Any]]
_ID: Final = re.compile(ID_PATTERN)
_arrow: Any = pa  # it ships no types
_TEXT, _NUMBER, _TRUTH = _arrow.string(), _arrow.int64(), _arrow.bool_()
_INSTANT: Final = _arrow.timestamp("us")


class Table(NamedTuple):
    """A file, and the table that its rows go to."""

    name: str
    source: Source
    fields: Sequence[str]
    """What the layout calls its columns, in the order of the source's; lines come first."""
    rows: Callable[[Columns], Columns]
    schema: Any

    def arrow(self, columns: list[list[Any]]) -> Any:
        """Columns as they were read, as the table's."""
        told = dict(zip(("line", *self.fields), columns, strict=True))
        made = self.rows(told)
        return _arrow.table([made.get(name) or [None] * len(told["line"]) for name in
                             self.schema.names], schema=self.schema)  # fmt: skip


def tables_of(layout: Layout, folder: Path, mistakes: Mistakes) -> Iterator[Table]:
    """The files of a layout in the order in which they are read; raises `NoSuchFiles`."""
    if not folder.is_dir():
        raise NoSuchFiles(folder, "is no folder", "a folder with every file of the layout")
    yield _orders(layout, folder)
    yield _items(layout, folder, mistakes)
    if layout.reviews is not None:
        yield _reviews(layout, layout.reviews, folder)
    products = layout.products
    if products is not None and not (products.optional and not (folder / products.file).exists()):
        yield _products(layout, folder)


def _orders(layout: Layout, folder: Path) -> Table:
    names, uses = layout.orders, layout.statuses
    instant = instant_as(names.instants or layout.files.instants)
    left_out, incomplete, unsent = map(set, (uses.left_out, uses.incomplete, uses.unsent))

    def rows(told: Columns) -> Columns:
        statuses, nothing = told["status"], [None] * len(told["line"])
        # Without a column of payments every order counts as paid.
        paid = told.get("paid", statuses)
        gone = told.get("handed_over", told.get("delivered", nothing))
        carriers = told.get("carrier", [layout.shipping.carrier_name] * len(statuses))
        return {
            "line": told["line"],
            "order_id": told["order"],
            "purchased": told["purchased"],
            "left_out": [s in left_out for s in statuses],
            "incomplete": [s in incomplete and p is not None
                           for s, p in zip(statuses, paid, strict=True)],
            "unsent": [s in unsent and p is not None and g is None
                       for s, p, g in zip(statuses, paid, gone, strict=True)],
            "carrier": [c if g is not None else None
                        for c, g in zip(carriers, gone, strict=True)],
            "delivered": told.get("delivered", nothing),
            "promised": told.get("promised", nothing),
        }  # fmt: skip

    return _table(
        "orders", names, layout, folder, rows,
        {
            "order": a_key, "status": one_of(uses.known), "purchased": instant,
            "paid": or_none(instant), "handed_over": or_none(instant),
            "delivered": or_none(instant), "promised": or_none(instant),
            "carrier": name_up_to(64),
        },
        [("line", _NUMBER), ("order_id", _TEXT), ("purchased", _INSTANT), ("left_out", _TRUTH),
         ("incomplete", _TRUTH), ("unsent", _TRUTH), ("carrier", _TEXT), ("delivered", _INSTANT),
         ("promised", _INSTANT)],
    )  # fmt: skip


def _items(layout: Layout, folder: Path, mistakes: Mistakes) -> Table:
    def rows(told: Columns) -> Columns:
        ids = list(map(layout.product_id, told["seller"], told["product"]))
        for line, made in zip(told["line"], ids, strict=True):
            if _ID.fullmatch(made) is None:
                found = f"{quoted(made)}, made as ids.product says, is no id"
                mistakes.add(
                    Mistake(layout.items.file, line, layout.items.product, found, ID_ACCEPTED)
                )
        return {
            **{name: told[name] for name in ("line", "item", "product", "seller")},
            "order_id": told["order"],
            "product_id": ids,
            "quantity": told.get("quantity", [1] * len(ids)),
            "free": told.get("freight", []),
        }

    return _table(
        "items", layout.items, layout, folder, rows,
        {
            "order": a_key, "item": a_key, "product": a_key, "seller": an_id,
            "quantity": a_count, "freight": is_free,
        },
        [("line", _NUMBER), ("order_id", _TEXT), ("item", _TEXT), ("product", _TEXT),
         ("seller", _TEXT), ("product_id", _TEXT), ("quantity", _NUMBER), ("free", _TRUTH)],
    )  # fmt: skip


def _reviews(layout: Layout, names: Reviews, folder: Path) -> Table:
    def rows(told: Columns) -> Columns:
        return {**told, "order_id": told["order"]}

    score = or_none(a_score)
    return _table(
        "reviews", names, layout, folder, rows,
        {
            "review": a_key, "order": a_key, "score": a_score,
            "created": instant_as(names.instants or layout.files.instants),
            "description": score, "communication": score, "shipping_speed": score,
        },
        [("line", _NUMBER), ("review", _TEXT), ("order_id", _TEXT), ("score", _NUMBER),
         ("created", _INSTANT), ("description", _NUMBER), ("communication", _NUMBER),
         ("shipping_speed", _NUMBER)],
    )  # fmt: skip


def _products(layout: Layout, folder: Path) -> Table:
    return _table(
        "products", layout.products, layout, folder, lambda told: told,
        {"product": a_key, "category": name_up_to(128)},
        [("line", _NUMBER), ("product", _TEXT), ("category", _TEXT)],
    )  # fmt: skip


def _table(
    name: str,
    names: Any,
    layout: Layout,
    folder: Path,
    rows: Callable[[Columns], Columns],
    reads: dict[str, Callable[[str], Any]],
    schema: list[tuple[str, Any]],
) -> Table:
    fields = [field for field in reads if getattr(names, field) is not None]
    columns = [Column(getattr(names, field), reads[field]) for field in fields]
    source = Source(folder / names.file, columns, layout.files.encoding, layout.files.delimiter)
    return Table(name, source, fields, rows, _arrow.schema(schema))
