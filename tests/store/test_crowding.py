"""What is forgotten when more is remembered than there is room for."""

from ledger.store.memory import crowd_out


def test_those_kept_longest_go_and_some_ahead() -> None:
    kept = dict.fromkeys(range(330), "")
    assert crowd_out(kept, 320) == 30  # type: ignore[arg-type]
    assert list(kept) == list(range(30, 330))
    assert crowd_out(kept, 320) == 0  # type: ignore[arg-type]


def test_a_small_room_loses_no_more_than_it_has_to() -> None:
    kept = {"a": 1, "b": 2, "c": 3}
    assert crowd_out(kept, 2) == 1
    assert list(kept) == ["b", "c"]


def test_whoever_comes_next_finds_room() -> None:
    """To look for the first entry passes over all that went: it is done once for many."""
    kept = dict.fromkeys(map(str, range(3_200)))
    went = []
    for number in range(3_200, 6_400):
        kept[str(number)] = None
        went.append(crowd_out(kept, 3_200))
    assert sum(1 for count in went if count) <= 3_200 // 200
