"""Deciding on a page, in two steps: fill in and see the effect, then confirm.

Both steps send what was typed to /v1, first to be foreseen and then to be done; the page itself
decides nothing. Whatever is refused comes back to the same page with everything that was typed.
"""

from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from typing import Any, Final, NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from api.console.asking import SILENT, Asking, Refused
from api.console.forms import KEY, TOKEN, Form
from api.console.rendering import go, page
from api.console.visitors import Visitor

STEP: Final = "step"
WHAT: Final = "what"
SEEN: Final = "seen"
"""The field that says which effect a form's sender saw."""
NOT_INDEPENDENT: Final = "/problems/reviewer-not-independent"
_OF_THE_FORM: Final = (TOKEN, KEY, STEP, WHAT, SEEN)


class Deed(NamedTuple):
    """Something that can be decided in a case."""

    command: str
    """As a line of a batch names it."""
    place: str
    """Its route, behind the case's own."""
    body: Callable[[Form, str | None], dict[str, Any]]
    """What is sent, from the form and from whose decision it is."""


class Shown(NamedTuple):
    """What a case's page shows besides the case."""

    typed: Form
    """The fields as they were sent, to be shown again."""
    what: str = ""
    """Which of the deeds the form was about."""
    key: str | None = None
    preview: dict[str, Any] | None = None
    problem: dict[str, Any] | None = None
    status: int = 200


class Case(NamedTuple):
    """A case as its page knows it."""

    page: str
    """Behind /console/."""
    route: str
    about: Mapping[str, Any]
    """What a command has to say so that it is about this case."""
    deeds: Mapping[str, Deed]
    show: Callable[[Shown], Awaitable[Response]]


NOTHING_TYPED: Final = Shown({})
_UNKNOWN: Final = {
    "title": "Nothing was chosen",
    "detail": "The form does not say what is to be decided. Nothing was written.",
    "accepted": "one of the decisions on this page",
}


def who_decides(visitor: Visitor) -> str | None:
    """In whose name a visitor decides; None where they have not said it yet."""
    return visitor.actor.subject or visitor.name


def given(**told: Any) -> dict[str, Any]:
    """Of the fields of a command those that the form says."""
    return {name: value for name, value in told.items() if value not in (None, "")}


def case_page(
    request: Request, template: str, visitor: Visitor, shown: Shown, /, **more: Any
) -> Response:
    """The page of a case, with what was sent, and for whom."""
    told = {"status": shown.status, "shown": shown, "me": who_decides(visitor)}
    return page(request, template, visitor, **told, **more)


async def decide(
    request: Request, visitor: Visitor, ask: Asking, form: Form, case: Case
) -> Response:
    """What comes of a sent form: the preview, the deed, or the page again with what was wrong."""
    what = form.get(WHAT, "")
    shown = Shown({k: v for k, v in form.items() if k not in _OF_THE_FORM}, what, form.get(KEY))
    deed = case.deeds.get(what)
    if deed is None:
        return await case.show(shown._replace(problem=of_the_form(_UNKNOWN), status=422))
    if form.get(STEP) == "change":
        return await case.show(shown)
    body = deed.body(form, who_decides(visitor))
    command = {"command": deed.command, **case.about, **body}
    try:
        if form.get(STEP) == "confirm":
            anew = await _seen_anew(ask, command, form.get(SEEN))
            if anew is not None:
                return await case.show(shown._replace(preview=anew, status=409))
            done = await ask.send("POST", case.route + deed.place, body, key=form.get(KEY) or None)
            told = [("recorded", fact["fact_id"]) for fact in done["facts"]]
            return go(request, case.page, told)
        return await case.show(shown._replace(preview=await foresee(ask, command)))
    except Refused as refused:
        return await case.show(
            shown._replace(problem=of_the_form(refused.problem), status=refused.status)
        )


async def foresee(ask: Asking, command: Mapping[str, Any]) -> dict[str, Any]:
    """What a command would bring about, with a `mark` of it. Raises `Refused` as the command
    would.
    """
    found = await ask.send("POST", "/v1/commands:preview", command)
    return found | {"mark": _mark_of(found), "meanwhile": False}


async def _seen_anew(
    ask: Asking, command: Mapping[str, Any], seen: str | None
) -> dict[str, Any] | None:
    """The effect as it is now, where it is not the one that was seen. None where it is, and where
    the command is refused or was recorded before: it says so itself.
    """
    if not seen:
        return None
    try:
        found = await foresee(ask, command)
    except Refused:
        return None
    return None if found["replayed"] or found["mark"] == seen else found | {"meanwhile": True}


def _mark_of(preview: Mapping[str, Any]) -> str:
    """The same for the same effect: instants, positions and ids, which move by themselves, are no
    part of it.
    """
    standings = [_effect_on(preview[each]) for each in ("standing", "after") if preview.get(each)]
    kinds = [fact["kind"] for fact in preview["facts"]]
    return sha256(msgspec.json.encode([standings, kinds])).hexdigest()[:16]


def _effect_on(standing: Mapping[str, Any]) -> list[Any]:
    told = [standing[each] for each in ("status", "can_sell", "can_promote", "can_withdraw")]
    totals = [(each["bucket"], each["value"], each["limit"]) for each in standing["buckets"]]
    sanctions = sorted(
        (each["kind"], each.get("milestone") or "") for each in standing["sanctions"]
    )
    return [*told, totals, sanctions, sorted(each["cause"] for each in standing["freezes"])]


async def barred(
    visitor: Visitor, ask: Asking, deed: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """The problem that keeps this visitor from the decision that a case waits for, if it waits for
    one. None for who decides nothing anyway, or has not said by which name.
    """
    who = who_decides(visitor)
    if deed is None or who is None or not visitor.may("cases:decide"):
        return None
    return await why_not(ask, {**deed, "reviewer": who, "reasons": "?"})


async def why_not(ask: Asking, command: Mapping[str, Any]) -> dict[str, Any] | None:
    """The problem that keeps this visitor from deciding, found out before they try: that they had
    a part in it. None where nothing of the kind does.
    """
    try:
        await foresee(ask, command)
    except Refused as refused:
        return refused.problem if refused.problem.get("type") == NOT_INDEPENDENT else None
    return None


def of_the_form(problem: Mapping[str, Any]) -> dict[str, Any]:
    """The problem with the field as the form calls it: `refund.amount` is typed as `refund`."""
    kept: dict[str, Any] = {**SILENT, **problem}
    kept["field"] = (kept["field"] or "").partition(".")[0] or None
    return kept
