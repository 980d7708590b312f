"""A small marketplace with everything in it that lists tell apart."""

import random
from typing import Any

from tests.api.routes.world import World, line

RULES: list[dict[str, Any]] = [
    {"rule": "false-delivery"},
    {"rule": "keyword-stuffing"},
    {"rule": "weapons"},
    {"rule": "seeds"},
    {"rule": "copyright", "severity": "serious", "source": "rights-holder"},
    {"rule": "trademark", "severity": "general"},
]


def lived_in(world: World, seed: int = 5, rounds: int = 6) -> None:
    """Two years of violations, told at once or late; some taken back, sanctions let go."""
    draw = random.Random(seed)
    number = 0
    told: list[tuple[str, str]] = []
    for month in range(rounds):
        now = f"{2026 + month // 3}-{1 + 4 * (month % 3):02d}-11T08:00:00Z"
        assert world.move(now).status_code == 200
        lines: list[dict[str, Any]] = []
        for _ in range(14):
            number += 1
            more = dict(draw.choice(RULES))
            if draw.random() < 0.3:
                more["listing_id"] = f"l-{draw.randrange(3)}"
            if draw.random() < 0.4:
                year, at = 2025 + draw.randrange(month // 3 + 1), draw.randrange(1, 29)
                more["effective_at"] = f"{year}-0{draw.randrange(1, 2)}-{at:02d}T00:00:00Z"
            if draw.random() < 0.2 and more["rule"] == "weapons":
                more["points"] = 48
            more["reported_by"] = draw.choice(["svc", "ann", "bob"])
            seller = f"s-{draw.randrange(9)}"
            told.append((seller, f"v-{number}"))
            lines.append(line(seller, f"v-{number}", **more))
        for seller, violation in draw.sample(told, 4):
            annulment = {"command": "annul-violation", "reason": "a mistake", "annulled_by": "zoe"}
            lines.append({**annulment, "seller_id": seller, "violation_id": violation})
        world.batch(*lines)
        running = world.get("/v1/sanctions", in_force=True)["sanctions"]
        for sanction in draw.sample(running, min(2, len(running))):
            world.waive(
                sanction["seller_id"], sanction["sanction_id"], reason="mercy", waived_by="eve"
            )
            if draw.random() < 0.5:
                world.waive(
                    sanction["seller_id"], sanction["sanction_id"], reason="so", waived_by="kim"
                )
