"""How long the fault suite runs: small wherever tests run, long under `make faults`."""

import os
import random

LONG = os.environ.get("FAULTS") == "long"


def times(small: int, long: int) -> int:
    """How often, here."""
    return long if LONG else small


def lots() -> random.Random:
    """Where moments are drawn from; FAULTS_SEED draws the same ones again."""
    seed = os.environ.get("FAULTS_SEED") or str(random.SystemRandom().randrange(10**9))
    print(f"FAULTS_SEED={seed}")
    return random.Random(seed)
