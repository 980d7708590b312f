"""A list as its page's address says it: filters, order, and the way back through its pages.

Nothing of it is kept anywhere else, so an address is a view that can be sent to a colleague.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from api.console.asking import Asking, Refused
from api.console.rendering import PREFIX, go, with_words

TOKEN: Final = "page_token"  # noqa: S105 - it says where a page begins, and opens nothing
EARLIER: Final = "earlier"
NUMBER: Final = "page"
_BY_SCRIPT: Final = "hx-request"
SORT: Final = "sort"
_OURS: Final = frozenset({TOKEN, EARLIER, NUMBER, "limit", "after", "min_position"})
_MOST_EARLIER: Final = 30
"""Pages of which the address knows the beginning; from further on one goes back to the first."""

Pairs = list[tuple[str, str]]


class Chip(NamedTuple):
    """A filter in force, and the address without it."""

    name: str
    label: str
    value: str
    away: str


class View(NamedTuple):
    """What a page of a list is asked for."""

    pairs: Pairs
    """Filters and order; what the list does not know is handed on too, so that it says so."""
    token: str | None
    earlier: Pairs
    """Where the pages between the first and this one began."""
    number: int
    order: str
    """The list's, where the address names none."""

    def get(self, name: str) -> str | None:
        """A filter's value."""
        return next((value for each, value in self.pairs if each == name), None)

    @property
    def address(self) -> str:
        """The first page of this view."""
        return with_words(self.pairs)

    @property
    def whole(self) -> str:
        """All of this view, in its order, as a file is asked for."""
        return self.changed(sort=self.get(SORT) or self.order)

    def changed(self, **new: Any) -> str:
        """The first page of this view with some words changed; None takes one away."""
        kept: list[tuple[str, Any]] = [pair for pair in self.pairs if pair[0] not in new]
        return with_words([*kept, *new.items()]) or "?"

    def sorted_by(self, name: str, first: str) -> str:
        """The view as a click on a column's head gives it: the other way round, if it is so."""
        other = {"ascending": f"-{name}", "descending": name}
        return self.changed(sort=other.get(self.direction(name) or "", first))

    def direction(self, name: str) -> str | None:
        """How a column's head says that the list is in its order."""
        return {name: "ascending", f"-{name}": "descending"}.get(self.get(SORT) or self.order)

    def following(self, token: str) -> str:
        """The next page."""
        earlier = [*self.earlier, (EARLIER, self.token)] if self.token else []
        kept = earlier[-_MOST_EARLIER:]
        return with_words([*self.pairs, *kept, (TOKEN, token), (NUMBER, self.number + 1)])

    @property
    def previous(self) -> str | None:
        """The page before; None on the first, and where the address has forgotten it."""
        if self.earlier:
            *earlier, (_, token) = self.earlier
            return with_words([*self.pairs, *earlier, (TOKEN, token), (NUMBER, self.number - 1)])
        return (self.address or "?") if self.number == 2 else None

    def chips(self, labels: Mapping[str, str]) -> list[Chip]:
        """The filters in force, each to be taken away."""
        return [
            Chip(
                name,
                labels.get(name, name),
                value,
                with_words([p for p in self.pairs if p != pair]),
            )
            for pair in self.pairs
            if (name := pair[0]) != SORT and (value := pair[1])
        ]

    def is_like(self, ready: Mapping[str, str]) -> bool:
        """Whether it is a ready-made view."""
        return sorted(self.pairs) == sorted(ready.items())

    async def asked(self, ask: Asking, path: str, rows: int) -> tuple[Any, dict[str, Any] | None]:
        """The page of the list, or the problem that the list has with it."""
        words = [*self.pairs, (TOKEN, self.token), ("limit", str(rows))]
        try:
            return await ask.get(path, words), None
        except Refused as refused:
            return None, {**refused.problem, "status": refused.status}


def view_of(request: Request, order: str) -> View:
    """What the address asks for, of a list that stands in this order by itself."""
    told = request.query_params.multi_items()
    number = request.query_params.get(NUMBER, "")
    token = request.query_params.get(TOKEN) or None
    return View(
        [(name, value) for name, value in told if name not in _OURS and value],
        token,
        [(name, value) for name, value in told if name == EARLIER][-_MOST_EARLIER:],
        int(number) if token and number.isdecimal() and len(number) < 9 else 1,
        order,
    )


def tidied(request: Request) -> Response | None:
    """Where a form brought fields that say nothing: the same address without them."""
    if _is_tidy(request) or _BY_SCRIPT in request.headers:
        return None
    told = request.query_params.multi_items()
    return go(request, request.url.path.removeprefix(PREFIX), told)


def with_its_address(request: Request, view: View, answer: Response) -> Response:
    """A script that swaps a part of the page is told the tidy address, and asks once."""
    if _BY_SCRIPT in request.headers and not _is_tidy(request):
        answer.headers["HX-Push-Url"] = request.url.path.rpartition("/")[2] + view.address
    return answer


def _is_tidy(request: Request) -> bool:
    return all(value for _, value in request.query_params.multi_items())


def choices(names: Iterable[str]) -> Pairs:
    """Names of the contract as a choice shows them."""
    return [(name, name.replace("-", " ")) for name in names]
