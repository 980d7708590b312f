"""`Standings`: what a storefront asks, from memory where it can and over HTTP where it must."""

import ssl
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Final, NamedTuple, Self, TypeVar, overload

from api.client.answering import BEHIND, Answering, Several
from api.client.asking import Ledger, check_seller
from api.client.copies import Copies
from api.client.failures import Unanswered
from api.client.sources import ASKED_AGE_S, TOLD_AGE_S, Source
from api.client.standing import Standing

DEADLINE_S: Final = 0.5

D = TypeVar("D")


class _Raises:
    """Stands for no default."""


_RAISES: Final = _Raises()


class Counts(NamedTuple):
    """What happened since the beginning, for metrics."""

    from_copy: int
    """Answers from memory."""
    from_ledger: int
    """Answers over HTTP, a seller each."""
    failed: int
    """Neither: the default was given, or `Unanswered` raised."""
    changes: int
    """Standings that the source told, and that were new."""
    repeated: int
    """Those that were not: told again, or older than what was known."""
    unreadable: int
    """What the source told and nobody can read."""
    breaks: int
    """How often the source was lost."""


class Standings:
    """Standings of sellers, kept beside the caller. May be used from any thread and event loop,
    and in processes forked from the one that made it.

    Nothing older than `max_age_s` is answered from memory, nothing at or after its
    `valid_until`, and nothing older than what was known before. What cannot be answered from
    memory is asked over HTTP, within `deadline_s` in all. Where that fails too, the default that
    the caller gave is the answer; without one, `Unanswered` is raised.
    """

    def __init__(
        self,
        base: str,
        *,
        key: str | None = None,
        source: Source = None,
        deadline_s: float = DEADLINE_S,
        max_age_s: float | None = None,
        tls: ssl.SSLContext | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        ledger = Ledger(base, key, tls)
        if max_age_s is None:
            max_age_s = ASKED_AGE_S if source is None else TOLD_AGE_S
        self._told_as = f"Standings({ledger.base!r}, source={source!r})"
        self._followed = source is not None
        self._copies = Copies(max_age_s, now)
        self._known = self._copies.get
        self._answering = Answering(ledger, self._copies, source, deadline_s)
        self._from_copy = self._from_ledger = self._failed = 0

    def __repr__(self) -> str:
        return self._told_as

    def __enter__(self) -> Self:
        """Begin to follow the source."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    def start(self) -> None:
        """Begin to follow the source; the first question would do so too."""
        self._answering.start()

    def close(self) -> None:
        """Follow and ask no more, and close every connection. May be repeated."""
        self._answering.stop()
        self._copies.drop()

    @overload
    def get(self, seller_id: str) -> Standing: ...
    @overload
    def get(self, seller_id: str, default: D) -> Standing | D: ...
    def get(self, seller_id: str, default: Any = _RAISES) -> Any:
        """A seller's standing. May wait up to the deadline: on an event loop use `aget`."""
        found = self._known(seller_id)
        if found is not None:
            self._from_copy += 1
            return found
        check_seller(seller_id)
        try:
            found = self._answering.waited(self._answering.one(seller_id))
        except Unanswered as why:
            return self._failing(why, default)
        self._from_ledger += 1
        return found

    @overload
    async def aget(self, seller_id: str) -> Standing: ...
    @overload
    async def aget(self, seller_id: str, default: D) -> Standing | D: ...
    async def aget(self, seller_id: str, default: Any = _RAISES) -> Any:
        """The same on an event loop, which goes on meanwhile."""
        found = self._known(seller_id)
        if found is not None:
            self._from_copy += 1
            return found
        check_seller(seller_id)
        try:
            found = await self._answering.awaited(self._answering.one(seller_id))
        except Unanswered as why:
            return self._failing(why, default)
        self._from_ledger += 1
        return found

    @overload
    def get_many(self, seller_ids: Iterable[str]) -> dict[str, Standing]: ...
    @overload
    def get_many(self, seller_ids: Iterable[str], default: D) -> dict[str, Standing | D]: ...
    def get_many(self, seller_ids: Iterable[str], default: Any = _RAISES) -> dict[str, Any]:
        """Standings of many sellers: what is not in memory is asked for a thousand at a time."""
        found, missing = self._from_memory(seller_ids)
        if missing:
            try:
                asked = self._answering.waited(self._answering.many(missing))
            except Unanswered as why:
                asked = Several({}, why)
            self._complete(found, missing, asked, default)
        return found

    @overload
    async def aget_many(self, seller_ids: Iterable[str]) -> dict[str, Standing]: ...
    @overload
    async def aget_many(self, seller_ids: Iterable[str], default: D) -> dict[str, Standing | D]: ...
    async def aget_many(self, seller_ids: Iterable[str], default: Any = _RAISES) -> dict[str, Any]:
        """The same on an event loop."""
        found, missing = self._from_memory(seller_ids)
        if missing:
            try:
                asked = await self._answering.awaited(self._answering.many(missing))
            except Unanswered as why:
                asked = Several({}, why)
            self._complete(found, missing, asked, default)
        return found

    def last_known(self, seller_id: str) -> Standing | None:
        """What was known last, however old: for who would rather go on by that than by nothing."""
        held = self._copies.newest(seller_id)
        return None if held is None else held.standing

    def wait_until_complete(self, timeout_s: float) -> bool:
        """Wait until the source was read to its end, and say whether it was. Questions are
        answered before that too, over HTTP.
        """
        self._answering.start()
        return not self._followed or self._copies.complete.wait(timeout_s)

    @property
    def age_s(self) -> float:
        """How long ago the source last showed that nothing was missing here; infinite before it
        did, and where there is none.
        """
        return time.monotonic() - self._copies.alive_at

    @property
    def position(self) -> int:
        """The highest position that the source told of."""
        return self._copies.position

    @property
    def problem(self) -> str | None:
        """Why the source is away; None while it is not."""
        following = self._answering.following()
        return None if following is None else following.problem

    @property
    def counts(self) -> Counts:
        """What happened since the beginning."""
        copies, following = self._copies, self._answering.following()
        return Counts(
            self._from_copy,
            self._from_ledger,
            self._failed,
            copies.changes,
            copies.repeated,
            copies.unreadable,
            0 if following is None else following.breaks,
        )

    def __len__(self) -> int:
        """How many standings are in memory."""
        return len(self._copies)

    def _from_memory(self, seller_ids: Iterable[str]) -> tuple[dict[str, Any], list[str]]:
        found: dict[str, Any] = {}
        missing: dict[str, None] = {}
        for seller_id in seller_ids:
            known = self._known(seller_id)
            if known is None:
                check_seller(seller_id)
                missing[seller_id] = None
            else:
                found[seller_id] = known
        self._from_copy += len(found)
        return found, list(missing)

    def _complete(
        self, found: dict[str, Any], missing: list[str], asked: Several, default: Any
    ) -> None:
        self._from_ledger += len(asked.found)
        found |= asked.found
        for seller_id in missing:
            if seller_id not in asked.found:
                found[seller_id] = self._failing(asked.why or Unanswered(BEHIND), default)

    def _failing(self, why: Unanswered, default: Any) -> Any:
        self._failed += 1
        if default is _RAISES:
            raise why
        return default
