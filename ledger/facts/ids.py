"""Ids: opaque texts from outside, and addresses of our own."""

from typing import Annotated, Final

import msgspec

ID_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9._:@~-]{0,127}$(?!\n)"
"""`$` alone would let a line break pass at the end."""
LONGEST_ID: Final = 128


def id_accepted(longest: int | None = None) -> str:
    """What an id may be, in words; some are shorter than others."""
    most = LONGEST_ID if longest is None else longest
    return f"1 to {most} letters, digits or . _ : @ ~ - and a letter or digit to begin with"


ID_ACCEPTED: Final = id_accepted()

ExternalId = Annotated[str, msgspec.Meta(pattern=ID_PATTERN, min_length=1, max_length=LONGEST_ID)]

_SELLER: Final = "seller-"
_POLICY: Final = "policy-"
_DISPUTE: Final = "dispute-"
_REPORT: Final = "report-"
_CAMPAIGN: Final = "campaign-"
_ENROLMENT: Final = "enrolment-"
_SELLER_DAY: Final = "performance-"
_PRODUCT_DAY: Final = "product-"
_READS: Final = "reads-"

_AND: Final = ","
"""Between the two halves of an address: no id holds one."""


def subject_of(stream: str) -> str:
    """What a stream is about, by its first word: `seller`, `dispute`, `performance` …"""
    return stream.partition("-")[0]


def seller_stream(seller_id: str) -> str:
    """The stream that holds everything the ledger knows of one seller."""
    return _SELLER + seller_id


def seller_of(stream: str) -> str | None:
    """The seller whose stream this is; None for streams of other subjects."""
    return stream[len(_SELLER) :] if stream.startswith(_SELLER) else None


def dispute_stream(dispute_id: str) -> str:
    """The stream of one dispute's negotiation."""
    return _DISPUTE + dispute_id


def dispute_of(stream: str) -> str | None:
    """The dispute whose stream this is; None for streams of other subjects."""
    return stream[len(_DISPUTE) :] if stream.startswith(_DISPUTE) else None


def report_stream(report_id: str) -> str:
    """The stream of one report, from its intake to its end."""
    return _REPORT + report_id


def report_of(stream: str) -> str | None:
    """The report whose stream this is; None for streams of other subjects."""
    return stream[len(_REPORT) :] if stream.startswith(_REPORT) else None


def campaign_stream(campaign_id: str) -> str:
    """The stream of one campaign: what it asks of those who take part."""
    return _CAMPAIGN + campaign_id


def enrolment_stream(campaign_id: str, product_id: str) -> str:
    """The stream of one product's part in one campaign."""
    return f"{_ENROLMENT}{campaign_id}{_AND}{product_id}"


def seller_day_stream(seller_id: str, date: str) -> str:
    """The stream of one seller's day (`2026-11-22`): a fact for each time it was told.

    A seller's days stand side by side in the order of streams, oldest first: a window of them
    is one range of the log's index.
    """
    return f"{_SELLER_DAY}{seller_id}{_AND}{date}"


def seller_of_day(stream: str) -> str | None:
    """The seller whose day's stream this is; None for streams of other subjects."""
    if not stream.startswith(_SELLER_DAY):
        return None
    return stream[len(_SELLER_DAY) :].rpartition(_AND)[0]


def product_day_stream(product_id: str, date: str) -> str:
    """The stream of one product's day, likewise."""
    return f"{_PRODUCT_DAY}{product_id}{_AND}{date}"


def product_days(product_id: str) -> str:
    """What the streams of a product's days begin with, and no others do."""
    return f"{_PRODUCT_DAY}{product_id}{_AND}"


def seller_days(seller_id: str) -> str:
    """What the streams of a seller's days begin with, and no others do."""
    return f"{_SELLER_DAY}{seller_id}{_AND}"


def group_of(stream: str) -> str:
    """What a stream and those beside it begin with: all the days of one product, say; empty for
    one that stands alone.
    """
    return stream[: stream.find(_AND) + 1]


def is_group(name: str) -> bool:
    """Whether this is what several streams begin with."""
    return name.endswith(_AND)


def group_end(group: str) -> str:
    """A name right behind every stream of a group, in the order of streams."""
    return group[: -len(_AND)] + chr(ord(_AND) + 1)


def policy_stream(pack: str) -> str:
    """The stream of one policy pack's editions."""
    return _POLICY + pack


def is_policy(stream: str) -> bool:
    """Whether this stream holds editions of a policy pack."""
    return stream.startswith(_POLICY)


def reads_stream(month: str) -> str:
    """The stream of what was read of people's words in one month (`2026-11`). A fact's address is
    told to many: so it names no reader.
    """
    return _READS + month


def fact_id(stream: str, version: int) -> str:
    """The address of a fact: known when it is decided, before it has a position."""
    return f"{stream}.{version}"


def address_of(fact: str) -> tuple[str, int] | None:
    """Stream and version of a `fact_id`; None if it is none."""
    stream, dot, version = fact.rpartition(".")
    if not dot or not stream or not version.isdecimal() or version[0] == "0" or len(version) > 18:
        return None
    return stream, int(version)
