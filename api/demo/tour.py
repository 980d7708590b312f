"""Sellers of the demonstration worth looking at, found by looking at their standings."""

import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import which
from typing import Final, NamedTuple

from rich.console import Console

from api.demo.marketplace import Marketplace
from api.demo.sellers import STORIES, Life
from api.looking import Looking
from api.settings import Settings, data_folder
from ledger.standing.seller import Seller
from ledger.standing.standing import Standing, current

LOOKED_AT: Final = 1_000
"""Sellers read at a time."""
MOST_LOOKED_AT: Final = 50_000
MOST_STOPS: Final = 5


class Stop(NamedTuple):
    """A seller, and why to look."""

    seller_id: str
    why: str
    page: str = ""
    """What to look at beside its standing, where that says little of it."""

    def tell(self, told: Console, host: str, port: int, data_dir: Path) -> None:
        """What to type, to the letter."""
        where = f" --data-dir {shlex.quote(str(data_dir))}" if data_dir != data_folder() else ""
        address = _address(host, port)
        told.print(f"\n[bold]{self.seller_id}[/bold]  {self.why}")
        page = self.page or f"/v1/sellers/{self.seller_id}/standing"
        told.print(
            f"  curl -s '{address}{page}'" if "?" in page else f"  curl -s {address}{page}",
            markup=False,
        )
        told.print(f"  {_program()} explain {self.seller_id}{where}", markup=False)


def where_to_look(host: str, port: int) -> str:
    """What is said last, before the marketplace is served: the console, and what else to ask."""
    address = _address(host, port)
    return f"""
The suspended, those with the most points first:
  curl -s '{address}/v1/sellers?status=suspended&sort=-points&limit=5'
What falls due next:
  curl -s '{address}/v1/deadlines?limit=5'

Every route, to try out: {address}/v1/docs
The console, for people: {address}/console/
  Ten jobs to try there, step by step: docs/console.md
Stop with Ctrl+C.
"""


def _address(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _program() -> str:
    """How this program is called here: by its name, or by the path by which it was started."""
    if which("seller-ledger") is not None:
        return "seller-ledger"
    return shlex.quote(sys.argv[0])


def _suspended_by(bucket: str) -> Callable[[Seller, Standing], bool]:
    return lambda _, found: (
        not found.can_withdraw
        and any(s.sanction == "suspension" and s.bucket == bucket for s in found.sanctions)
    )


def _spared(seller: Seller, found: Standing) -> bool:
    return found.status == "active" and any(s.cut == "lifted" for s in seller.sanctions)


def _released(_: Seller, found: Standing) -> bool:
    return found.status == "suspended" and found.can_withdraw


def _near(_: Seller, found: Standing) -> bool:
    return found.status == "active" and any(
        b.limit is not None and b.limit * 3 // 4 <= b.value < b.limit for b in found.buckets
    )


def _waived(seller: Seller, found: Standing) -> bool:
    return found.status == "active" and any(s.cut == "waived" for s in seller.sanctions)


SIGHTS: Final[tuple[tuple[str, Callable[[Seller, Standing], bool]], ...]] = (
    ("suspended by points, and its money is frozen", _suspended_by("points")),
    ("suspended by three serious infringements", _suspended_by("strikes")),
    ("was suspended, and spared when a violation was annulled", _spared),
    ("still suspended, but its money was released after 180 days", _released),
    ("active, and close to the limit", _near),
    ("was suspended, and let go by two people", _waived),
)


def tour(dsn: str, settings: Settings, marketplace: Marketplace) -> list[Stop]:
    """A seller for each sight, as far as the marketplace has them."""
    waiting = dict(SIGHTS)
    stops: dict[str, Stop] = {}
    for seller, found in _standings(dsn, settings, marketplace):
        for why, fits in waiting.items():
            if fits(seller, found):
                stops[why] = Stop(seller.seller_id, why)
                del waiting[why]
                break
        if not waiting:
            break
    return [
        *[stops[why] for why, _ in SIGHTS if why in stops][:MOST_STOPS],
        *_cases(marketplace),
    ]


CASES: Final = (
    (Life.appeals_of_every_kind, "appealed, and lost, missed and withdrew",
     "/v1/sellers/{}/violations"),
    (Life.disputes_of_every_kind, "whose buyers claimed all that can be claimed",
     "/v1/disputes?seller_id={}"),
    (Life.serves_well, "serves well, with products in every state of a campaign",
     "/v1/sellers/{}/reputation"),
    (Life.is_reported, "reported by others in every way, and reports a buyer",
     "/v1/reports?seller_id={}"),
    (Life.lost_promotion, "lost its place in two campaigns with one strike",
     "/v1/sellers/{}/enrolments"),
)  # fmt: skip
"""Stories of which a standing says little, and what to look at instead."""


def _cases(marketplace: Marketplace) -> Iterator[Stop]:
    """The sellers of those stories."""
    numbers = {story: number for number, (story, _) in enumerate(STORIES, 1)}
    for story, why, page in CASES:
        if numbers[story] <= marketplace.sellers:
            seller_id = f"s-{numbers[story]}"
            yield Stop(seller_id, why, page.format(seller_id))


def _standings(
    dsn: str, settings: Settings, marketplace: Marketplace
) -> Iterator[tuple[Seller, Standing]]:
    with Looking(dsn, settings) as log:
        now = log.now()
        most = min(marketplace.sellers, MOST_LOOKED_AT)
        for first in range(1, most + 1, LOOKED_AT):
            ids = [f"s-{n}" for n in range(first, min(first + LOOKED_AT, most + 1))]
            for seller in log.reader.sellers(ids):
                yield seller, current(seller, log.rulebook, now)
