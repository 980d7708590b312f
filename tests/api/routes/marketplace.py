"""A small marketplace with everything in it that lists tell apart."""

import random
from typing import Any

from ledger.ledger import Ledger
from tests.api.routes.world import World, line
from tests.projections.case_stories import CaseTelling
from tests.projections.report_stories import ReportTelling

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


def reports_lived(ledger: Ledger, seed: int = 4, steps: int = 120) -> None:
    """Some weeks of reports; at their end some of every kind wait."""
    draw = random.Random(seed)
    telling = ReportTelling(ledger, 20_000)
    for _ in range(steps):
        what = draw.choice(["file", "report", "report", "report", "take back", "wait"])
        which = draw.randrange(2 if what == "take back" else 4 if what == "wait" else 12)
        telling.tell((what, which, draw.randrange(2 if what == "wait" else 12)))
    for number in range(12):
        telling.tell(("file", number, number))
        if number % 2:
            telling.tell(("report", 0, number))


def cases_lived(ledger: Ledger, seed: int = 3, steps: int = 260) -> None:
    """Some weeks of appeals and disputes; at their end some of every kind are open."""
    draw = random.Random(seed)
    telling = CaseTelling(ledger, 10_000)
    kinds = ["violate", "appeal", "appeal", "appeal", "open", *["dispute"] * 5, "wait"]
    for _ in range(steps):
        what = draw.choice(kinds)
        if what == "wait":
            telling.tell((what, 0, draw.choice((0, 1, 1, 2, 5)), draw.randrange(2)))
        else:
            whom = draw.randrange(12 if what == "dispute" else 2)
            telling.tell((what, whom, draw.randrange(12), draw.randrange(12)))
    for number in range(18):
        telling.tell(("violate", number % 2, number, 0))
        telling.tell(("open", number % 2, number, number))
        # Of the violations told just now some are appealed against, and of the disputes some go on.
        telling.tell(("appeal", number % 2, -3, 1))
        for _ in range(number % 3):
            telling.tell(("dispute", 0, draw.randrange(12), draw.randrange(12)))
        telling.tell(("appeal", number % 2, 1, 5 - number % 5))
