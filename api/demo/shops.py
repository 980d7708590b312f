"""The demonstration's shops: how well they serve, who complains of them, what they promote."""

from collections.abc import Iterator

from api.demo.cases import Line
from api.demo.complaints import ENDINGS, STILL_OPEN, Complaints
from api.demo.days import BAD, GOOD, MIDDLING, Days
from api.demo.promotions import AUTUMN, NEW_YEAR, SPRING, Promotions
from ledger.facts.instants import Instant


class Shop:
    """One seller as its buyers see it; each story from oldest to newest as far as it goes."""

    def __init__(self, seed: int, number: int, until: Instant) -> None:
        self._number = number
        self._days = Days(seed, number, until)
        self._complaints = Complaints(seed, number, until)
        self._promotions = Promotions(seed, number, until)

    def serves_well(self) -> Iterator[Line]:
        """Half a year of good service, and a product in every state of a campaign."""
        yield from self._days.of_seller(180, GOOD)
        for nth, category in enumerate(("Home & Garden", "Sports", "Toys", "Sports"), 1):
            yield from self._days.of_product(self._product(nth), 120, GOOD, category)
        enrol = self._promotions.enrol
        yield from enrol(AUTUMN, self._product(1), 115, "changed", "approved")
        yield from enrol(AUTUMN, self._product(2), 110, "rejected")
        yield from enrol(NEW_YEAR, self._product(1), 35, "approved")
        yield from enrol(NEW_YEAR, self._product(2), 30, "taken back")
        yield from enrol(SPRING, self._product(1), 4)
        yield from enrol(SPRING, self._product(2), 3, "approved", "changed")

    def serves_badly(self) -> Iterator[Line]:
        """A quarter of a year in which much went wrong."""
        yield from self._days.of_seller(90, BAD)
        yield from self._days.of_product(self._product(1), 60, BAD, "Toys")

    def is_reported(self) -> Iterator[Line]:
        """Reports with every ending there is."""
        for nth, ending in enumerate(ENDINGS):
            yield from self._complaints.report(STILL_OPEN.get(ending, 60 - 5 * nth), ending)

    def promotes(self) -> Iterator[Line]:
        """A product that was let into the campaign that runs now, and one for the next."""
        yield from self._days.of_seller(60, MIDDLING)
        for nth in (1, 2):
            yield from self._days.of_product(self._product(nth), 60, GOOD, "Sports")
        yield from self._promotions.enrol(NEW_YEAR, self._product(1), 30, "approved")
        yield from self._promotions.enrol(SPRING, self._product(2), 5, "approved")

    def _product(self, nth: int) -> str:
        return f"p-{self._number}-{nth}"
