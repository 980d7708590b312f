"""Policies: the book over time, a pack at an instant, what editions say otherwise, and drafts."""

import asyncio
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from api.console.asking import Asked, Refused
from api.console.forms import SentForm
from api.console.kindly import console_router
from api.console.packs import dated_anew, laid_out
from api.console.rendering import page
from api.console.visitors import CurrentVisitor, signed_in
from api.console.what_if.reading import instant
from api.dependencies import TheLedger
from ledger.facts.instants import format_instant

router = console_router(
    dependencies=[signed_in("audit:read", "what-if:run", "policy:publish", "cases:decide")]
)

_MOST_READ: Final = 40
"""Of editions whose own words about themselves are shown in the list."""
_BEFORE_FIRST: Final = "/problems/before-first-pack"
_TOML: Final = "application/toml"


@router.get("/console/policies")
async def policies(request: Request, visitor: CurrentVisitor, ask: Asked) -> Response:
    """Every edition of every pack, over time."""
    editions = await _editions(ask)
    newest = editions[-_MOST_READ:]
    names = list(dict.fromkeys(edition["pack"] for edition in editions))
    seen, in_force = await asyncio.gather(
        asyncio.gather(*(ask.get(f"/v1/policies/{each['policy']}") for each in newest)),
        asyncio.gather(*(_in_force(ask, name) for name in names)),
    )
    says = {each["policy"]["policy"]: each["document"] for each in seen}
    packs = [(name, [each for each in editions if each["pack"] == name]) for name in names]
    packs.sort(key=lambda pack: not pack[1][0]["decides"])
    return page(
        request, "policies.html", visitor,
        packs=packs, says=says, in_force=dict(zip(names, in_force, strict=True)), editions=editions,
    )  # fmt: skip


@router.get("/console/policies/{pack}")
async def policy(request: Request, visitor: CurrentVisitor, ask: Asked, pack: str) -> Response:
    """A pack as it is in force at an instant, or one edition by its name."""
    at = request.query_params.get("at", "")
    seen, editions = await asyncio.gather(
        ask.get(f"/v1/policies/{pack}", {"at": instant(at)}), _editions(ask)
    )
    return page(
        request, "policy.html", visitor,
        policy=seen["policy"], document=seen["document"], shown=laid_out(seen["document"]), at=at,
        editions=[each for each in editions if each["pack"] == seen["policy"]["pack"]],
    )  # fmt: skip


@router.get("/console/policies/{pack}/differences")
async def differences(request: Request, visitor: CurrentVisitor, ask: Asked, pack: str) -> Response:
    """What one edition says otherwise than another, in sentences."""
    wanted = {name: instant(request.query_params.get(name, "")) for name in ("from", "to")}
    found, editions = await asyncio.gather(
        ask.get(f"/v1/policies/{pack}/differences", wanted), _editions(ask)
    )
    return page(
        request, "policy-differences.html", visitor,
        pack=pack.partition("@")[0], found=found, editions=editions,
        sections=_by_section(found["differences"]),
    )  # fmt: skip


@router.get("/console/policies/{pack}/text")
async def text(ask: Asked, pack: str) -> Response:
    """The pack as a file says it."""
    return ask.passing(f"/v1/policies/{pack}", (), {"accept": _TOML})


@router.get("/console/policies/{pack}/draft")
async def draft(
    request: Request, visitor: CurrentVisitor, ask: Asked, ledger: TheLedger, pack: str
) -> Response:
    """A draft of the next edition, begun with what the pack says now and with days to come."""
    found = await ask.answer("GET", f"/v1/policies/{pack}", (), headers={"accept": _TOML})
    return page(
        request, "policy-draft.html", visitor,
        pack=pack.partition("@")[0], text=dated_anew(found.body.decode(), ledger.now()),
        checked=None, sections=(), late=False,
    )  # fmt: skip


@router.post("/console/policies/{pack}/draft")
async def check(
    request: Request,
    visitor: CurrentVisitor,
    ask: Asked,
    ledger: TheLedger,
    pack: str,
    form: SentForm,
) -> Response:
    """Whether a draft could be published, and what it says otherwise."""
    told = form.get("draft", "")
    checked = await ask.send("POST", "/v1/policies:check", {"toml": told})
    return page(
        request, "policy-draft.html", visitor, 200 if checked["ok"] else 422,
        pack=pack.partition("@")[0], text=told, checked=checked,
        sections=_by_section(checked["differences"]), late=_is_late(checked, ledger.now()),
    )  # fmt: skip


def _is_late(checked: dict[str, Any], now: int) -> bool:
    """Whether a draft begins in the past, which publishing refuses."""
    document: dict[str, Any] = checked["document"] or {}
    begins = document.get("effective_from")
    return begins is not None and str(begins) < format_instant(now)


async def _editions(ask: Asked) -> list[Any]:
    return await ask.every("/v1/policies", "policies")


async def _in_force(ask: Asked, pack: str) -> str | None:
    """The pack's edition that is in force now; None before the first."""
    try:
        return (await ask.get(f"/v1/policies/{pack}"))["policy"]["policy"]
    except Refused as refused:
        if refused.problem.get("type") != _BEFORE_FIRST:
            raise
        return None


def _by_section(differences: list[Any]) -> list[tuple[str, list[Any]]]:
    """Differences by the table that they stand in; sources stand with what they are for."""
    found: dict[str, list[Any]] = {}
    for each in differences:
        section, _, rest = each["path"].partition(".")
        found.setdefault(section if rest else "the pack", []).append(each)
    return list(found.items())
