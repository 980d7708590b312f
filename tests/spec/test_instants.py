"""Instants as people write them: RFC 3339, with a zone, to the microsecond; nothing is guessed."""

import pytest

from ledger.facts.instants import MalformedInstant, format_instant, parse_instant


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2024-02-29T23:59:59Z", "2024-02-29T23:59:59.000000Z"),
        ("2024-02-29t23:59:59z", "2024-02-29T23:59:59.000000Z"),
        ("2024-02-29 23:59:59.5+05:30", "2024-02-29T18:29:59.500000Z"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
    ],
)
def test_what_rfc_3339_allows_is_read(text: str, same: str) -> None:
    assert format_instant(parse_instant(text)) == same


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-29", "20240229T235959Z", "2024-W09-4T00:00:00Z", "2024-02-29T10:00Z",
        "2024-02-29T10:00:00,5Z", "2024-02-29T10:00:00.Z", "2024-02-29T10:00:00+0530",
        "2024-02-29T10:00:00", "2024-02-29T10:00:00.1234567Z", "2023-02-29T10:00:00Z",
        "2024-02-29T24:00:01Z", "\uff12\uff1024-02-29T10:00:00Z", "2024-02-29T10:00:00Z\n", "",
    ],
)  # fmt: skip
def test_what_it_does_not_allow_is_refused(text: str) -> None:
    with pytest.raises(MalformedInstant):
        parse_instant(text)
