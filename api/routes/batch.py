"""Many commands in one request, line by line."""

from typing import Any, Final

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access import CurrentActor, require
from api.batch import LineAnswer, NdjsonStream, answers_to
from api.bodies import LINES, NDJSON, expect_media_type
from api.dependencies import CorrelationId, TheLedger
from api.openapi import answers
from api.refusals import WrongMediaType
from ledger.decide.commands import Command

router = APIRouter(tags=["violations"])


def _described() -> dict[str, Any]:
    """The route's keywords: lines in, lines out."""
    kept = answers(LineAnswer, WrongMediaType, says="A line for each line, in order")
    response = kept["responses"][200]
    response["content"] = {NDJSON: response["content"]["application/json"]}
    (schema,), more = msgspec.json.schema_components(
        [Command], ref_template="#/components/schemas/{name}"
    )
    kept["openapi_extra"]["x-components"] |= more
    kept["openapi_extra"]["requestBody"] = {
        "required": True,
        "content": {NDJSON: {"schema": schema}},
    }
    return kept


_DESCRIBED: Final = _described()


@router.post(
    "/v1/facts:batch",
    dependencies=[require("facts:write", "cases:decide")],
    **_DESCRIBED,
)
async def batch(
    request: Request, actor: CurrentActor, ledger: TheLedger, correlation_id: CorrelationId = None
) -> Response:
    """Commands as NDJSON, one a line; each is accepted or refused by itself.

    Lines are written as they arrive and answered in order. A line has at most 64 KiB; a batch
    may have any number of lines.
    """
    expect_media_type(request, LINES)
    return NdjsonStream(answers_to(request, actor, ledger, correlation_id))
