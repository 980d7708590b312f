"""What if: scenarios that are run beside the server, and what came of them."""

import hashlib
import re
from base64 import b64encode
from pathlib import Path as File
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Path, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.access import CurrentActor, require
from api.bodies import answer
from api.dependencies import IdempotencyKey, SellerId, TheLedger, an_id
from api.lists.answering import TheLists, listed
from api.lists.paging import ThePage
from api.openapi import answers
from api.opening import system_now
from api.refusals import BodyTooLarge, MalformedBody, WrongMediaType
from api.what_if.asking import ask
from api.what_if.bodies import (
    BODY,
    ScenarioChecked,
    ScenarioSeen,
    scenario_checked,
    scenario_in,
    scenario_seen,
)
from api.what_if.keeping import WhatIf
from api.what_if.lists import (
    RUNS,
    SELLERS,
    RunSeen,
    SellersWanted,
    instants_of,
    run_seen,
    runs_kept,
    seller_in,
    sellers_of,
)
from api.what_if.refusals import RunNotDone, UnknownRun, UnknownSeller
from api.what_if.runs import State
from api.what_if.standings import SellerSideBySide, alike
from ledger.decide.refusals import ToldDifferently
from ledger.ledger import Ledger
from ledger.standing.standing import standing
from ledger.store.refusals import Busy, Unavailable
from projections.archive.refusals import NoArchive
from projections.what_if.reading import MalformedScenario
from projections.what_if.result import Differing, Result

_RUN: Final = require("what-if:run")
_READ: Final = require("what-if:run", "audit:read")
_STYLE: Final = re.compile(rb"<style>(.*?)</style>", re.DOTALL)

router = APIRouter(tags=["what-if"])

RunId = Annotated[str, Path(description="The run's id")]


async def _what_if(request: Request) -> WhatIf:
    return request.app.state.parts.what_if


TheWhatIf = Annotated[WhatIf, Depends(_what_if)]


def _with_scenario(described: dict[str, Any]) -> dict[str, Any]:
    """A route's keywords, with a body that is a scenario."""
    described["openapi_extra"]["requestBody"] = BODY
    return described


def _with_run(described: dict[str, Any]) -> dict[str, Any]:
    """A route's keywords, with a body that is a scenario and the address of the run."""
    _with_scenario(described)
    described["responses"][202]["headers"] = {
        "Location": {"description": "The path of the run", "schema": {"type": "string"}}
    }
    return described


def _as_page(described: dict[str, Any]) -> dict[str, Any]:
    """A route's keywords, with an answer that is a page."""
    page = {"text/html": {"schema": {"type": "string"}}}
    described["responses"][200]["content"] = page
    return described


@router.post(
    "/v1/what-if",
    dependencies=[_RUN],
    **_with_run(
        answers(
            RunSeen,
            MalformedScenario,
            MalformedBody,
            ToldDifferently,
            WrongMediaType,
            BodyTooLarge,
            Busy,
            Unavailable,
            status=202,
        )
    ),
)
async def ask_what_if(
    request: Request,
    actor: CurrentActor,
    ledger: TheLedger,
    what_if: TheWhatIf,
    key: IdempotencyKey = None,
    asked_by: Annotated[
        str | None, Query(description="Who asks; with a key, its subject"), an_id("asked_by")
    ] = None,
) -> Response:
    """Have a scenario run: it waits for its turn, and `Location` tells how it stands."""
    if asked_by is not None:
        actor.answers_for("asked_by", asked_by)
    scenario = await scenario_in(request, ledger)
    run, before = await run_in_threadpool(
        ask, what_if.runs, scenario, actor.subject or asked_by, key, system_now()
    )
    what_if.look()
    headers = {"Location": f"/v1/what-if/{run.run_id}"}
    if before:
        headers["Idempotency-Replayed"] = "true"
    return answer(run_seen(run), 202, headers)


@router.post(
    "/v1/what-if:check",
    dependencies=[_READ],
    **_with_scenario(answers(ScenarioChecked, MalformedBody, WrongMediaType, BodyTooLarge)),
)
async def check_what_if(request: Request, ledger: TheLedger) -> Response:
    """Whether a scenario makes sense here, and what it asks in words; nothing is run."""
    return answer(await scenario_checked(request, ledger))


@router.get("/v1/what-if", dependencies=[_READ], **listed(RUNS))
async def what_if_runs(
    request: Request,
    ledger: TheLedger,
    what_if: TheWhatIf,
    lists: TheLists,
    page: ThePage,
    state: State | None = None,
) -> Response:
    """The runs that are kept, the newest first."""
    position = ledger.memory.head.last_position
    return await lists.answer(request, runs_kept(what_if.runs, state, position), page)


@router.get("/v1/what-if/{run_id}", dependencies=[_READ], **answers(RunSeen, UnknownRun))
async def what_if_run(run_id: RunId, what_if: TheWhatIf) -> Response:
    """How a run stands."""
    return answer(run_seen(await run_in_threadpool(what_if.runs.find, run_id)))


@router.get(
    "/v1/what-if/{run_id}/scenario", dependencies=[_READ], **answers(ScenarioSeen, UnknownRun)
)
async def what_if_scenario(run_id: RunId, what_if: TheWhatIf) -> Response:
    """What a run was asked, whatever became of it: to be read, changed and asked again."""
    await run_in_threadpool(what_if.runs.find, run_id)
    asked = await run_in_threadpool(what_if.runs.scenario, run_id)
    return answer(await run_in_threadpool(scenario_seen, asked))


@router.delete("/v1/what-if/{run_id}", dependencies=[_RUN], **answers(RunSeen, UnknownRun))
async def cancel_what_if(run_id: RunId, what_if: TheWhatIf) -> Response:
    """Cancel a run that waits or is being worked on. One that has ended stays as it is."""
    run = await run_in_threadpool(what_if.runs.cancel, run_id, system_now())
    return answer(run_seen(run))


@router.get(
    "/v1/what-if/{run_id}/result",
    dependencies=[_READ],
    **answers(Result, UnknownRun, RunNotDone, prefix="WhatIfResult"),
)
async def what_if_result(run_id: RunId, what_if: TheWhatIf) -> Response:
    """The figures of both worlds, and what they were made from: always the same bytes."""
    folder = await run_in_threadpool(what_if.runs.done, run_id)
    content = await run_in_threadpool((folder / "result.json").read_bytes)
    return Response(content, media_type="application/json")


@router.get(
    "/v1/what-if/{run_id}/sellers",
    dependencies=[_READ],
    **listed(SELLERS, UnknownRun, RunNotDone, NoArchive),
)
async def what_if_sellers(
    request: Request,
    run_id: RunId,
    what_if: TheWhatIf,
    lists: TheLists,
    page: ThePage,
    differs: Annotated[Differing | None, Query(description="In what they differ")] = None,
    suspended: Annotated[
        Literal["newly", "spared"] | None, Query(description="In one world alone")
    ] = None,
    q: Annotated[
        str | None, Query(max_length=200, description="How the seller's id begins")
    ] = None,
) -> Response:
    """The sellers of whom the two worlds say something else."""
    wanted = SellersWanted(differs, suspended, q)
    folder = await run_in_threadpool(what_if.runs.done, run_id)
    asked = await run_in_threadpool(sellers_of, run_id, folder, what_if.archive, wanted)
    return await lists.answer(request, asked, page)


@router.get(
    "/v1/what-if/{run_id}/sellers/{seller_id}",
    dependencies=[_READ],
    **answers(SellerSideBySide, UnknownRun, RunNotDone, UnknownSeller, NoArchive, Unavailable),
)
async def what_if_seller(
    run_id: RunId, seller_id: SellerId, ledger: TheLedger, what_if: TheWhatIf
) -> Response:
    """One seller in both worlds side by side, also where they say the same of it."""
    folder = await run_in_threadpool(what_if.runs.done, run_id)
    found = await run_in_threadpool(seller_in, folder, what_if.archive, seller_id)
    if found is None:
        found = await run_in_threadpool(_alike, ledger, folder, seller_id)
    return answer(found)


@router.get(
    "/v1/what-if/{run_id}/report",
    dependencies=[_READ],
    **_as_page(answers(str, UnknownRun, RunNotDone)),
)
async def what_if_report(run_id: RunId, what_if: TheWhatIf) -> Response:
    """The result as a page for reading and printing, which loads nothing and runs nothing."""
    folder = await run_in_threadpool(what_if.runs.done, run_id)
    page = await run_in_threadpool((folder / "report.html").read_bytes)
    return HTMLResponse(page, headers={"Content-Security-Policy": _policy(page)})


def _alike(ledger: Ledger, folder: File, seller_id: str) -> SellerSideBySide:
    as_of, known_at = instants_of(folder)
    seller = ledger.reader.seller_as_known(seller_id, known_at)
    if not seller.version:
        raise UnknownSeller
    return alike(standing(seller, ledger.rulebook, as_of, known_at), seller.sanctions)


def _policy(page: bytes) -> str:
    """What the page may do: show itself, in its own style."""
    styles = " ".join(
        f"'sha256-{b64encode(hashlib.sha256(style).digest()).decode()}'"
        for style in _STYLE.findall(page)
    )
    return (
        f"default-src 'none'; style-src {styles}; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )
