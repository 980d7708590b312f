"""One run of a what-if: how far it is, what came of it, and one seller in both worlds."""

import asyncio
from typing import Any, Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from api.console.asking import Asked
from api.console.forms import SentForm
from api.console.kindly import console_router
from api.console.rendering import go, page
from api.console.visitors import CurrentVisitor, signed_in
from api.refusals import UnknownPage

router = console_router(dependencies=[signed_in("what-if:run", "audit:read")])
stopping = console_router(dependencies=[signed_in("what-if:run")])

_ROWS: Final = 50
_ENDED: Final = frozenset({"done", "failed", "cancelled"})
_ASKED: Final = ("differs", "suspended", "q", "after")
_FILES: Final = {"result.json": "result", "report.html": "report"}
_DAY_US: Final = 86_400_000_000


@router.get("/console/what-if/{run_id}")
async def run(request: Request, visitor: CurrentVisitor, ask: Asked, run_id: str) -> Response:
    """How far a run is, or what came of it."""
    found, asked = await asyncio.gather(
        ask.get(f"/v1/what-if/{run_id}"), ask.get(f"/v1/what-if/{run_id}/scenario")
    )
    if found["state"] != "done":
        ahead = await _ahead(ask, found)
        return page(request, "what-if-run.html", visitor, run=found, asked=asked, ahead=ahead)
    wanted = {name: request.query_params.get(name) for name in _ASKED}
    result, sellers = await asyncio.gather(
        ask.get(f"/v1/what-if/{run_id}/result"),
        ask.get(f"/v1/what-if/{run_id}/sellers", wanted | {"limit": _ROWS}),
    )
    return page(
        request, "what-if-result.html", visitor,
        run=found, asked=asked, result=result, sellers=sellers, wanted=wanted,
        charts=_charts(result), days=_days,
    )  # fmt: skip


@router.get("/console/what-if/{run_id}/progress")
async def progress(request: Request, visitor: CurrentVisitor, ask: Asked, run_id: str) -> Response:
    """The part of the page that tells how far it is; once it has ended, the page is made anew."""
    found = await ask.get(f"/v1/what-if/{run_id}")
    ahead = await _ahead(ask, found)
    answer = page(request, "what-if-progress.html", visitor, run=found, ahead=ahead)
    if found["state"] in _ENDED:
        answer.headers["HX-Refresh"] = "true"
    return answer


@stopping.post("/console/what-if/{run_id}/cancel")
async def cancel(request: Request, ask: Asked, form: SentForm, run_id: str) -> Response:
    """Stop a run; one that has ended stays as it is."""
    del form
    await ask.send("DELETE", f"/v1/what-if/{run_id}", {})
    return go(request, f"what-if/{quote(run_id)}")


@router.get("/console/what-if/{run_id}/files/{name}")
async def file(ask: Asked, run_id: str, name: str) -> Response:
    """What a run left, as it was left."""
    if name not in _FILES:
        raise UnknownPage("a run left no such file")
    return ask.passing(f"/v1/what-if/{run_id}/{_FILES[name]}")


@router.get("/console/what-if/{run_id}/sellers/{seller_id}")
async def seller(
    request: Request, visitor: CurrentVisitor, ask: Asked, run_id: str, seller_id: str
) -> Response:
    """One seller in both worlds, side by side."""
    place = f"/v1/what-if/{run_id}"
    found, told, result, asked = await asyncio.gather(
        ask.get(place),
        ask.get(f"{place}/sellers/{seller_id}"),
        ask.get(f"{place}/result"),
        ask.get(f"{place}/scenario"),
    )
    added = asked["scenario"].get("facts", {}).get("add", [])
    bands = {
        "from": result["from"], "to": result["to"], "parted": told["parted_at"],
        "worlds": [
            {"name": name, "bands": told["timelines"][name]} for name in ("baseline", "scenario")
        ],
    }  # fmt: skip
    return page(
        request, "what-if-seller.html", visitor,
        run=found, told=told, result=result, bands=bands,
        days=_days, invented={each.get("violation_id") for each in added},
    )  # fmt: skip


async def _ahead(ask: Asked, run: Any) -> int:
    """How many runs come before one that waits."""
    if run["state"] != "queued":
        return 0
    both = await asyncio.gather(
        ask.every("/v1/what-if", "runs", {"state": "queued"}),
        ask.every("/v1/what-if", "runs", {"state": "running"}),
    )
    return sum(each["id"] < run["id"] for found in both for each in found)


def _days(us: int) -> str:
    """Microseconds as days with one decimal, as the report has them."""
    tenths = abs(us) * 10 // _DAY_US
    return f"{'-' if us < 0 else ''}{tenths // 10:,}.{tenths % 10}"


def _charts(result: Any) -> list[dict[str, Any]]:
    """What is drawn, each with the same as a table; what is nothing in either world is left out."""
    months, families = result["series"]["months"], result["series"]["families"]
    found = [_distribution(each) for each in result["distributions"]]
    found += [
        _chart("suspended", "Sellers suspended, month by month",
               "By milestones, at the end of each month in UTC.", "line", months, "month",
               "suspended"),
        _chart("suspensions", "Suspensions imposed, month by month",
               "By milestones; months in UTC.", "bar", months, "month", "suspensions"),
        _chart("sanctions", "Sanctions imposed, month by month",
               "By milestones; months in UTC.", "bar", months, "month", "sanctions"),
        _chart("points-by-month", "Points recorded, month by month",
               "As given, taken back since or not; months in UTC.", "bar", months, "month",
               "points"),
        _chart("points-by-family", "Points by family of rules", "Those that count at the end.",
               "rows", families, "family", "points"),
        _chart("families", "Sanctions by family of rules",
               "Of the violation that reached the milestone.", "rows", families, "family",
               "sanctions"),
    ]  # fmt: skip
    return [chart for chart in found if any(chart["baseline"]) or any(chart["scenario"])]


def _chart(
    name: str, title: str, says: str, kind: str, rows: list[Any], label: str, figure: str
) -> dict[str, Any]:
    return {
        "name": name, "title": title, "says": says, "kind": kind, "heading": label,
        "labels": [row[label] for row in rows],
        "baseline": [row[figure]["baseline"] for row in rows],
        "scenario": [row[figure]["scenario"] for row in rows],
    }  # fmt: skip


def _distribution(found: Any) -> dict[str, Any]:
    bins = [each for each in found["bins"] if each["least"] > 0]
    was, now = found["limit"]
    limits = f"at {was}" if was == now else f"at {was} in the baseline, at {now} in the scenario"
    says = "Sellers with none are not drawn."
    if was is not None or now is not None:
        says += f" Suspension is {limits}."
    return {
        "name": f"distribution-{found['bucket']}", "title": f"Sellers by their {found['bucket']}",
        "says": says, "kind": "bar", "heading": found["bucket"],
        "labels": [_range(each) for each in bins],
        "baseline": [each["baseline"] for each in bins],
        "scenario": [each["scenario"] for each in bins],
    }  # fmt: skip


def _range(found: Any) -> str:
    least, most = found["least"], found["most"]
    if most is None:
        return f"{least}+"
    return f"{least}" if least == most else f"{least}-{most}"
