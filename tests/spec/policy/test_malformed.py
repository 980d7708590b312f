"""One small pack, spoilt in one place a file: each is refused in exactly the words beside it."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.policy.check import check, policy_from
from ledger.policy.document import MOST_BYTES, PackData, read
from ledger.policy.mistakes import MalformedPack

HERE = Path(__file__).parent
SMALL = (HERE / "small.toml").read_text()
SPOILT = sorted((HERE / "malformed").glob("*.toml"))


def refusal_of(text: str) -> str:
    with pytest.raises(MalformedPack) as refused:
        check(text)
    return str(refused.value)


def test_the_pack_that_the_fixtures_spoil_is_sound() -> None:
    assert check(SMALL).ref == "small@2026-01-01"


@pytest.mark.parametrize("fixture", SPOILT, ids=lambda path: path.stem)
def test_a_mistake_is_told_in_these_words(fixture: Path) -> None:
    assert refusal_of(fixture.read_text()) + "\n" == fixture.with_suffix(".txt").read_text()


def test_every_mistake_is_told_at_once() -> None:
    words = refusal_of(
        SMALL.replace('zone = "UTC"', 'zone = "Mars/Olympus"')
        .replace("days = 180", "days = 0")
        .replace("limit = 48", "limit = 47.5")
        .replace('[rules.weapons]\nsource = "handbook 5"', "[rules.weapons]")
        .replace('serious = { bucket = "strikes"', 'serious = { bucket = "pints"')
        .replace("rounds = 1", "rounds = 101")
    )
    assert [line.partition("; ")[0] for line in words.splitlines()] == [
        "The policy pack has 6 mistakes:",
        "appeals.prohibited.rounds: found 101",
        "buckets.points.limit: found 47.5",
        "freeze.days: found 0",
        'rules.trademark.severities.serious.bucket: found "pints"',
        "rules.weapons.points: found 24 without a source",
        'zone: found "Mars/Olympus"',
    ]


def test_a_pack_too_large_is_not_read() -> None:
    words = refusal_of(SMALL + "#" * MOST_BYTES)
    assert words.endswith(
        f"the pack: found {len(SMALL) + MOST_BYTES} bytes; accepted: at most {MOST_BYTES} bytes"
    )


def test_a_pack_nested_without_end_is_not_read() -> None:
    words = refusal_of(SMALL + "\n[deep]\nkey = " + "[" * 5000 + "]" * 5000)
    assert words.endswith(
        "the pack: found tables or lists nested too deeply; accepted: at most 20 levels"
    )


# fmt: off
STRANGE = [
    ("limit = 48", "limit = " + "9" * 5000, "the pack: found text that is not TOML ("),
    ("limit = 48", "limit = 0x" + "f" * 5000,
     "buckets.points.limit: found a number of more than 30 digits; "),
    ("limit = 48", "limit = nan", "buckets.points.limit: found nan; "),
    ('"A small marketplace"', '"\ud800"', "the pack: found half a surrogate pair; accepted: UTF-8"),
    ("effective_from = 2026-01-01T00:00:00Z", "effective_from = 0001-01-01T00:00:00+23:00",
     'effective_from: found "0001-01-01T00:00:00+23:00"; '),
    ("effective_from = 2026-01-01T00:00:00Z", "effective_from = 9999-12-31T23:00:00-23:00",
     'effective_from: found "9999-12-31T23:00:00-23:00"; '),
    ('zone = "UTC"', 'zone = "../../etc/passwd"', 'zone: found "../../etc/passwd"; '),
    ('zone = "UTC"', 'zone = "America"', 'zone: found "America"; '),
    ("[rules.weapons]", '[rules."weapons\\n"]', "rules: found the name "),
    ('zone = "UTC"', 'zone = ""', 'zone: found ""; '),
    ("[options]", "notes = [3]\n[options]", "notes: found 3; accepted: a table"),
    ("[options]", 'notes = [{ about = "x" }]\n[options]', "notes.says: found nothing; "),
    ("[options]", 'notes = [{ about = "x", says = "y", when = 1 }]\n[options]', "notes.when: "),
]
# fmt: on


@pytest.mark.parametrize(("good", "strange", "words"), STRANGE)
def test_strange_values_are_refused_too(good: str, strange: str, words: str) -> None:
    assert words in refusal_of(SMALL.replace(good, strange))


def test_an_empty_text_lacks_everything() -> None:
    assert refusal_of("").startswith("The policy pack has 12 mistakes:\n")


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=5),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(
        st.sampled_from(["value", "source", "days", "bucket", "x", "A b"]),
        st.one_of(st.integers(), st.text(max_size=3)),
        max_size=3,
    ),
)


def spoil(data: PackData, where: list[int], junk: object) -> None:
    """Puts junk somewhere: each number chooses a key on the way down."""
    keys = sorted(data)
    key = keys[where[0] % len(keys)]
    inner = data[key]
    if len(where) > 1 and isinstance(inner, dict) and inner:
        spoil(inner, where[1:], junk)
    else:
        data[key] = junk


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=5), JUNK)
def test_whatever_stands_in_a_pack_it_is_read_or_refused(where: list[int], junk: object) -> None:
    data = read(SMALL) | {"notes": [{"about": "a", "says": "b"}]}
    spoil(data, where, junk)
    with suppress(MalformedPack):
        policy_from(data)
