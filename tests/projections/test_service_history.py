"""A stream that the view takes late finds its place in the past: what was known stays as if it had
been taken in time.
"""

from hypothesis import given
from hypothesis import strategies as st

from ledger.service.counts import NOTHING, Carried, Counts, Sums
from projections.service_history import FOREVER, History, Version

days = st.integers(0, 6)
told = st.lists(
    st.tuples(st.booleans(), days, st.integers(0, 2), st.integers(0, 5)), min_size=1, max_size=14
)


def apply(history: History, step: tuple[bool, int, int, int]) -> None:
    whole, day, at, count = step
    if whole:
        carriers = {"DHL": Carried(count, count)} if count else {}
        history.told(day, at, Sums(Counts(orders=count), carriers))
    else:
        history.changed(day, at, Sums(Counts(not_received=1 - count % 3), {}))


def dated(story: list[tuple[bool, int, int, int]]) -> list[tuple[bool, int, int, int]]:
    """The same with instants that never go backwards; some are one and the same."""
    at, found = 10, []
    for whole, day, later, count in story:
        at += later
        found.append((whole, day, at, count))
    return found


def known(history: History) -> list[Sums]:
    return [history._at(day, at) for day in range(-1, 9) for at in range(8, 45)]


@given(story=told, late=days)
def test_a_day_that_is_taken_late_is_as_if_it_had_been_taken_in_time(story, late: int) -> None:
    steps = dated(story)
    in_time, afterwards = History(), History()
    for step in steps:
        apply(in_time, step)
    parked = [step for step in steps if step[0] and step[1] == late]
    for step in [s for s in steps if s not in parked] + parked:
        apply(afterwards, step)
    assert known(afterwards) == known(in_time)


@given(story=told, cut=st.integers(0, 14))
def test_what_was_kept_is_changed_as_if_it_had_never_been_put_away(story, cut: int) -> None:
    steps = dated(story)
    whole = History()
    for step in steps:
        apply(whole, step)
    first = History()
    for step in steps[:cut]:
        apply(first, step)
    kept = {(day, v.known_from): v for day, v in first.new()}
    second = History((day, version) for (day, _), version in kept.items())
    for step in steps[cut:]:
        apply(second, step)
    for place in list(second.gone()):
        del kept[place]
    for day, version in second.new():
        assert (day, version.known_from) not in kept
        kept[day, version.known_from] = version
    assert kept == {(day, v.known_from): v for day, v in whole.new()}


def test_versions_of_a_date_follow_one_another() -> None:
    history = History()
    history.told(3, 10, Sums(Counts(orders=5), {}))
    history.told(3, 20, Sums(Counts(orders=7), {}))
    history.told(3, 20, Sums(Counts(orders=8), {}))
    assert list(history.new()) == [
        (3, Version(10, 20, Sums(Counts(orders=5), {}))),
        (3, Version(20, FOREVER, Sums(Counts(orders=8), {}))),
    ]
    assert history._at(2, 30) == NOTHING
