"""What a storefront's own copy answers a second, on one thread, beside asking over HTTP."""

import random
import time
from collections.abc import Sequence
from statistics import median, quantiles
from typing import NamedTuple

from api.client import Standings

ROUNDS = 5
ASKED = 100_000
_PATIENT_S = 60.0


class Answers(NamedTuple):
    """Answers a second of one thread, and how long one takes: the clock's own 0.1 µs with it."""

    a_second: float
    p50_us: float
    p99_us: float


def rate(port: int, sellers: list[str]) -> Answers:
    """From memory, sellers in no order, once all of them were asked for."""
    base = f"http://127.0.0.1:{port}"
    with Standings(base, deadline_s=_PATIENT_S, max_age_s=_PATIENT_S) as standings:
        standings.get_many(sellers)
        return answers_of(standings, sellers)


def answers_of(standings: Standings, sellers: Sequence[str]) -> Answers:
    """From memory, sellers in no order."""
    wanted = random.Random(1).choices(sellers, k=ASKED)
    get, found, each_us = standings.get, list[float](), list[float]()
    before = standings.counts.from_copy
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for seller_id in wanted:
            get(seller_id)
        found.append(ASKED / (time.perf_counter() - began))
    for seller_id in wanted:
        began = time.perf_counter()
        get(seller_id)
        each_us.append(1e6 * (time.perf_counter() - began))
    assert standings.counts.from_copy == before + (ROUNDS + 1) * ASKED
    return Answers(median(found), median(each_us), quantiles(each_us, n=100)[98])
