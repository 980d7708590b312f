"""How files of orders are to be read: a small TOML, so that another layout needs no code."""

import re
import tomllib
from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec

from api.mistakes import mistake_in
from api.orders.mistakes import MalformedLayout
from ledger.decide.performance_commands import CarrierName
from ledger.facts.ids import ExternalId

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
OnTime = Literal["promised-day", "promised-instant"]

SHIPPED: Final = ("olist",)
"""Layouts that are here already."""
_PLACES: Final = ("{seller_id}", "{product_id}")
_SOME_DAY: Final = datetime.fromisoformat("2018-01-31")


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the layout: a key that nothing reads is a slip of the pen."""


class Files(_Table, frozen=True):
    """How every file is written."""

    encoding: Literal["utf-8", "latin-1", "cp1252", "utf-16"] = "utf-8"
    delimiter: Literal[",", ";", "\t", "|"] = ","
    instants: Name = "%Y-%m-%d %H:%M:%S"
    """As Python's `strptime` reads them, without a zone: in the marketplace's own calendar."""


class Orders(_Table, frozen=True):
    """The file of orders, and the names of its columns."""

    file: Name
    order: Name
    status: Name
    purchased: Name
    paid: Name | None = None
    """Empty where the order was never paid: then it is not one that came to nothing."""
    handed_over: Name | None = None
    delivered: Name | None = None
    promised: Name | None = None
    carrier: Name | None = None
    instants: Name | None = None
    """Where this file writes them in another way than the rest."""


class Statuses(_Table, frozen=True):
    """What the words in the column of statuses mean."""

    known: tuple[Name, ...]
    left_out: tuple[Name, ...] = ()
    """Of orders that do not count at all."""
    incomplete: tuple[Name, ...] = ()
    unsent: tuple[Name, ...] = ()
    """Of orders that were never sent, where nothing was handed over either."""


class Items(_Table, frozen=True):
    """The file of what orders hold."""

    file: Name
    order: Name
    item: Name
    product: Name
    seller: Name
    quantity: Name | None = None
    """Absent: each row is one piece."""
    freight: Name | None = None
    """0 on every piece of a day: the product is delivered free."""


class Shipping(_Table, frozen=True):
    """What counts as brought on time."""

    carrier_name: CarrierName | None = None
    """For files without a column of carriers."""
    on_time: OnTime = "promised-day"


class Reviews(_Table, frozen=True):
    """The file of reviews. Their words are never read."""

    file: Name
    review: Name
    order: Name
    score: Name
    created: Name
    positive_from: Annotated[int, msgspec.Meta(ge=1, le=5)] = 4
    description: Name | None = None
    communication: Name | None = None
    shipping_speed: Name | None = None
    instants: Name | None = None


class Products(_Table, frozen=True):
    """The file that says of which category a product is."""

    file: Name
    product: Name
    category: Name
    optional: bool = False
    """Whether the file may be missing."""


class Ids(_Table, frozen=True):
    """How ids of the files become ids of the ledger."""

    product: Name = "{product_id}"
    actor: ExternalId = "orders-import"


class Layout(_Table, frozen=True):
    """One layout of files."""

    orders: Orders
    statuses: Statuses
    items: Items
    files: Files = Files()
    shipping: Shipping = Shipping()
    reviews: Reviews | None = None
    products: Products | None = None
    ids: Ids = Ids()

    def product_id(self, seller: str, product: str) -> str:
        """What the ledger calls a seller's product."""
        return self.ids.product.replace("{seller_id}", seller).replace("{product_id}", product)

    @property
    def counts_shipping(self) -> bool:
        """Whether the files tell what arrived on time, and by whom."""
        named = self.orders.carrier or self.shipping.carrier_name
        return bool(named and self.orders.delivered and self.orders.promised)


def load_layout(named: str) -> Layout:
    """A layout by its path, or one of those shipped by its name; raises `MalformedLayout`."""
    if named in SHIPPED:
        text = files("api.orders").joinpath("layouts", f"{named}.toml").read_text("utf-8")
    else:
        try:
            text = Path(named).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as why:
            said = getattr(why, "strerror", None) or "not UTF-8"
            raise MalformedLayout(
                named, "the file", f"cannot be read: {said.lower()}",
                f"the path of a layout in TOML, or {' or '.join(SHIPPED)}",
            ) from None  # fmt: skip
    return layout_from(text, named)


def layout_from(text: str, named: str) -> Layout:
    """A layout from its TOML; raises `MalformedLayout`."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as why:
        raise MalformedLayout(named, "the file", f"is not TOML: {why}", "TOML 1.0") from None
    try:
        layout = msgspec.convert(told, Layout)
    except msgspec.ValidationError as why:
        found = mistake_in(why, Layout)
        raise MalformedLayout(
            named, found.field or "the layout", f"cannot be used: {found}",
            found.accepted or "what docs/performance-days.md says",
        ) from None  # fmt: skip
    for where, found, accepted in _mistakes_of(layout, told):
        raise MalformedLayout(named, where, found, accepted)
    return layout


def _mistakes_of(layout: Layout, told: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    known = set(layout.statuses.known)
    for use in ("left_out", "incomplete", "unsent"):
        found += [
            (f"statuses.{use}", f"names {status!r}, which is not known", "a status of known")
            for status in getattr(layout.statuses, use)
            if status not in known
        ]
    for table in ("files", "orders", "reviews"):
        instants = getattr(getattr(layout, table), "instants", None)
        if instants is not None and "%z" in instants.lower():
            accepted = "instants without one, such as %Y-%m-%d"
            found.append((f"{table}.instants", "names a zone", accepted))
        elif instants is not None and not _names_a_date(instants):
            accepted = "year, month and day, such as %Y-%m-%d"
            found.append((f"{table}.instants", f"is {instants!r}, which names no date", accepted))
    rest = layout.ids.product
    for place in _PLACES:
        rest = rest.replace(place, "")
    if "{product_id}" not in layout.ids.product or "{" in rest or "}" in rest:
        found.append(
            ("ids.product", f"is {layout.ids.product!r}", "text with {product_id}, and {seller_id}")
        )
    if layout.orders.carrier and layout.shipping.carrier_name:
        both = "is told, and orders.carrier too"
        found.append(("shipping.carrier_name", both, "one of the two"))
    named = layout.orders.carrier or layout.shipping.carrier_name
    if named and not layout.counts_shipping:
        lacks = "is told, but not both orders.delivered and orders.promised"
        where = "orders.carrier" if layout.orders.carrier else "shipping.carrier_name"
        found.append((where, lacks, "a layout with both columns, or no carrier"))
    if "shipping" in told and not named:
        found.append(("shipping", "names no carrier", "carrier_name, or a column orders.carrier"))
    return found


def _names_a_date(instants: str) -> bool:
    """Whether what is written so can be read again as the same date."""
    try:
        read = datetime.strptime(_SOME_DAY.strftime(instants), instants)  # noqa: DTZ007 - no zone
    except (ValueError, re.error):
        return False
    return read.date() == _SOME_DAY.date()
