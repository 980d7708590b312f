"""Public holidays, printed to be pinned in a pack."""

import json

from ledger.policy.check import policy_from
from ledger.policy.document import read
from ledger.policy.shipped import load_pack
from tests.cli.conftest import command
from tests.spec.described import instant_of


def test_what_is_printed_can_be_pasted_into_a_pack() -> None:
    printed = command("policy", "holidays", "KR", "2027", "2026")
    assert printed.status == 0
    pack = load_pack("aliexpress").replace("[disputes]", '[disputes]\ndays_are = "business"')
    policy = policy_from(read(pack + printed.out))
    # New Year in Korea, 16 to 18 February 2026, a Monday to a Wednesday.
    assert policy.days_after(instant_of("2026-02-13"), 1) == instant_of("2026-02-19")


def test_a_subdivision_has_holidays_of_its_own() -> None:
    told = command("policy", "holidays", "DE", "2026", "--subdivision", "BY", "--json")
    found = json.loads(told.out)
    assert (found["country"], found["subdivision"], found["years"]) == ("DE", "BY", [2026])
    assert "2026-01-06" in [date for date, _ in found["holidays"]]


def test_what_nobody_knows_is_refused() -> None:
    for words in (("XX", "2026"), ("KR", "1800"), ("DE", "2026", "--subdivision", "ZZ"), ("KR",)):
        assert command("policy", "holidays", *words).status == 2
