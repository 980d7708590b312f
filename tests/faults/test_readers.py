"""Arbitrary bytes and mutated good ones in front of every reader: a value or its refusal, soon."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from api.bodies import LINE_AT_MOST, command_in, into
from api.history_files import history_line, lines_in
from api.problems import problem_of
from ledger.decide.commands import RecordViolation
from ledger.facts.instants import parse_instant
from ledger.facts.refusal import Refusal
from ledger.policy.check import check, policy_from, policy_from_canonical
from ledger.policy.document import canonical, read
from ledger.policy.mistakes import MalformedPack
from ledger.policy.shipped import load_pack
from tests.api.routes.world import line
from tests.faults.size import LONG, times

MOST_SECONDS = 3.0
"""Far above what any reader needs, and far below what a bad pattern or a quadratic loop takes."""
LINE = json.dumps(line("s-1", "v-1", severity="serious", points=6, listing_id="l-1")).encode()
DATED = json.dumps({**line("s-1", "v-1"), "recorded_at": "2026-01-01T00:00:00Z"}).encode()
PACKS = [load_pack("aliexpress"), load_pack("aliexpress-ladder")]
FRAGMENTS = [
    b"\x00", b"\xff", b"\\u0000", b"\\ud800", b'"', b"{", b"[" * 2_000, b"}", b",", b"null",
    b"1e999", b"-0", b"9" * 5_000, b"NaN", b"\n", b"\r", b"9999-12-31T23:59:59.999999Z", b"-26:00",
    b"inf", b"[[", b"]]", b"=", b"'''", b'"""', b"2020-02-30", b"T25:61", b"a." * 500,
    b"\xf0\x9f\x92\xa9",
]  # fmt: skip


def fuzzed(small: int, long: int) -> Callable[[Any], Any]:
    return settings(
        max_examples=times(small, long),
        derandomize=not LONG,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@st.composite
def mutated(draw: st.DrawFn, good: bytes) -> bytes:
    """Good bytes with a few of them cut out, doubled, swapped or replaced."""
    told = bytearray(good)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(told)))
        to = min(len(told), at + draw(st.sampled_from([0, 1, 1, 2, 8, 64])))
        match draw(st.integers(0, 3)):
            case 0:
                del told[at:to]
            case 1:
                told[at:at] = told[at:to]
            case 2:
                told[at:to] = draw(st.binary(max_size=8))
            case _:
                told[at:to] = draw(st.sampled_from(FRAGMENTS))
    return bytes(told)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
).map(lambda told: json.dumps(told).encode())
FIELDS = st.fixed_dictionaries(
    {"command": st.sampled_from(["record-violation", "annul-violation", "waive-sanction", "x"])},
    optional={
        name: st.none() | st.text() | st.integers() | st.lists(st.text(), max_size=2)
        for name in ("seller_id", "violation_id", "rule", "points", "effective_at", "statement")
    },
).map(lambda told: json.dumps(told).encode())


def reads_or_refuses(reading: Callable[[], Any], typed: type[Refusal] = Refusal) -> None:
    """A value, or a refusal that says what was wrong; nothing else, and not late."""
    began = time.perf_counter()
    try:
        reading()
    except typed as refusal:
        told = problem_of(refusal).detail
        if not told:
            raise AssertionError("a refusal says what was wrong") from refusal
    assert time.perf_counter() - began < MOST_SECONDS


@fuzzed(300, 50_000)
@given(st.binary(max_size=2_000) | JSON | FIELDS | mutated(LINE))
@example(b"[" * LINE_AT_MOST)
@example(b'{"a":' * 10_000)
@example(b'"' + b"\\u0000" * 10_000 + b'"')
@example(b"9" * LINE_AT_MOST)
@example(b"x" * (LINE_AT_MOST + 1))
def test_a_line_of_a_batch(told: bytes) -> None:
    reads_or_refuses(lambda: command_in(told))
    reads_or_refuses(lambda: into(RecordViolation, told, {"seller_id": "s-1"}))


@fuzzed(300, 50_000)
@given(st.binary(max_size=2_000) | JSON | FIELDS | mutated(DATED))
@example(b'{"recorded_at": "9999-12-31T23:59:59.999999-23:59"}')
def test_a_line_of_a_history(told: bytes) -> None:
    began = time.perf_counter()
    found = history_line(1, told)
    assert (found.problem is None) != (found.command is None)
    if found.problem is not None:
        assert problem_of(found.problem).detail
    assert time.perf_counter() - began < MOST_SECONDS


@fuzzed(60, 3_000)
@given(st.lists(st.binary(max_size=300) | mutated(DATED), max_size=8), st.booleans())
def test_a_history_file(tmp_path_factory: pytest.TempPathFactory, told: Any, ended: bool) -> None:
    """Each line has its number, whatever stands in the others."""
    path: Path = tmp_path_factory.getbasetemp() / "history.ndjson"
    whole = b"\n".join(told) + b"\n" * ended
    path.write_bytes(whole)
    found = dict(lines_in(path))
    lines = whole.split(b"\n")
    wanted = {n: text for n, text in enumerate(lines, start=1) if text.strip()}
    assert found.keys() == wanted.keys()
    for number, text in found.items():
        assert text == wanted[number].rstrip(b"\r")[: LINE_AT_MOST + 1]
        history_line(number, text)


@fuzzed(60, 10_000)
@given(st.binary(max_size=3_000) | st.sampled_from(PACKS).flatmap(lambda p: mutated(p.encode())))
@example(b"a = inf")
@example(b"a = nan")
@example(b"a = " + b"[" * 100_000)
@example(b"a = " + b"9" * 100_000)
@example(b"a." * 400_000 + b"a = 1")
@example(b"".join(b"a%d." % n * 39 + b"a = 1\n" for n in range(5_000)))
@example(b"[a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a]")
@example(b"".join(b"[t%d]\n" % n for n in range(20_000)))
@example(b'a = "' + b"\\u0000" * 20_000 + b'"')
def test_a_pack_as_text(told: bytes) -> None:
    text = told.decode(errors="replace")
    reads_or_refuses(lambda: check(text), MalformedPack)
    reads_or_refuses(lambda: policy_from_canonical(canonical(read(text))), MalformedPack)


VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    # Made anew each time: a later change goes into what an earlier one put there.
    | st.builds(list) | st.builds(dict) | st.builds(lambda: {"value": 1})
    | st.lists(st.integers(), max_size=2)
    | st.sampled_from([10**400, -1, 0, 2**63, "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
)  # fmt: skip


@fuzzed(120, 20_000)
@given(st.sampled_from(PACKS), st.data())
def test_a_pack_with_values_of_another_sort(pack: str, data: st.DataObject) -> None:
    """Any value of a good pack replaced by any other: the pack says so, or takes it."""
    told = read(pack)
    for _ in range(data.draw(st.integers(1, 3))):
        where: Any = told
        while True:
            keys = sorted(where) if isinstance(where, dict) else range(len(where))
            key = data.draw(st.sampled_from(list(keys)))
            if not isinstance(where[key], dict | list) or not where[key] or data.draw(
                st.integers(0, 3)
            ) == 0:  # fmt: skip
                break
            where = where[key]
        where[key] = data.draw(VALUES)
    reads_or_refuses(lambda: policy_from(told), MalformedPack)


@fuzzed(300, 50_000)
@given(st.text() | st.datetimes().map(lambda at: at.isoformat()) | mutated(DATED[-22:-2]).map(str))
def test_an_instant(text: str) -> None:
    reads_or_refuses(lambda: parse_instant(text))
