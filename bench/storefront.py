"""What a storefront's own copy answers a second, on one thread, beside asking over HTTP."""

import random
import time
from statistics import median

from api.client import Standings

ROUNDS = 5
ASKED = 100_000
_PATIENT_S = 60.0


def rate(port: int, sellers: list[str]) -> float:
    """Answers a second from memory, sellers in no order, once all of them were asked for."""
    base = f"http://127.0.0.1:{port}"
    with Standings(base, deadline_s=_PATIENT_S, max_age_s=_PATIENT_S) as standings:
        standings.get_many(sellers)
        wanted = random.Random(1).choices(sellers, k=ASKED)
        get, found = standings.get, list[float]()
        for _ in range(ROUNDS):
            began = time.perf_counter()
            for seller_id in wanted:
                get(seller_id)
            found.append(ASKED / (time.perf_counter() - began))
        assert standings.counts.from_copy == ROUNDS * ASKED
        return median(found)
