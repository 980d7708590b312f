"""What routes ask for by name: the ledger, ids, pages of a list, the headers of a write."""

import pathlib
import re
from typing import Annotated, Any, Final

from fastapi import Depends, Header, Path, Query
from pydantic import AfterValidator
from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request

from api.refusals import MalformedParameter
from api.traffic import CORRELATION_ID
from ledger.facts.ids import ID_ACCEPTED, ID_PATTERN
from ledger.ledger import Ledger
from projections.tree.reading import Tree
from projections.views import Views

_ID: Final = re.compile(ID_PATTERN)


def an_id(field: str) -> AfterValidator:
    """What a text from the address has to be, to be an id."""

    def check(given: str | None) -> str | None:
        if given is not None and not _ID.fullmatch(given):
            raise MalformedParameter(f"{field} is not an id", field=field, accepted=ID_ACCEPTED)
        return given

    return AfterValidator(check)


# Asynchronous though they wait for nothing: FastAPI gives the others a thread, which costs more.
async def _correlation(request: Request) -> str | None:
    return request.scope[CORRELATION_ID]


async def _ledger(request: Request) -> Ledger:
    return request.app.state.parts.ledger


async def _views(request: Request) -> Views:
    return request.app.state.parts.views


async def _tree(request: Request) -> Tree:
    return request.app.state.parts.tree


def _in_path(description: str) -> Any:
    shape: dict[str, Any] = {"pattern": ID_PATTERN, "minLength": 1, "maxLength": 128}
    return Path(description=description, json_schema_extra=shape)


async def _folder(request: Request) -> pathlib.Path:
    return request.app.state.parts.data_dir


class RoundInPath(Convertor[int]):
    """The number of a round of an appeal; of more digits there is none."""

    regex = "[0-9]{1,4}"

    def convert(self, value: str) -> int:
        """The number that a path holds."""
        return int(value)

    def to_string(self, value: int) -> str:
        """The number as a path holds it."""
        return str(value)


register_url_convertor("round", RoundInPath())

SellerId = Annotated[str, _in_path("The seller's id"), an_id("seller_id")]
ViolationId = Annotated[str, _in_path("The violation's file number"), an_id("violation_id")]
DisputeId = Annotated[str, _in_path("The dispute's id"), an_id("dispute_id")]
CampaignId = Annotated[str, _in_path("The campaign's id"), an_id("campaign_id")]
ProductId = Annotated[str, _in_path("The product's id"), an_id("product_id")]
ReportId = Annotated[str, _in_path("The report's id"), an_id("report_id")]
ReporterId = Annotated[str, _in_path("The id of who reported"), an_id("reporter_id")]
HoldId = Annotated[str, _in_path("The legal hold's id"), an_id("hold_id")]
SanctionId = Annotated[str, _in_path("The sanction's id"), an_id("sanction_id")]
AppealRound = Annotated[
    int, Path(alias="round", ge=1, le=1_000, description="The round of the appeal, from 1")
]
IdempotencyKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", min_length=1, max_length=255, pattern=r"^[!-~]+$"),
]
"""A repeat under the same key and with the same content gets the same answer, for 30 days."""
CorrelationId = Annotated[str | None, Depends(_correlation)]
"""What the asking system calls the matter: kept with every fact."""

TheLedger = Annotated[Ledger, Depends(_ledger)]
"""The log that this server serves."""
TheViews = Annotated[Views, Depends(_views)]
"""What projections wrote of it, for lists."""
TheTree = Annotated[Tree, Depends(_tree)]
"""What proves it: tiles and checkpoints."""
TheFolder = Annotated[pathlib.Path, Depends(_folder)]
"""Where this server keeps its keys, archive and what-ifs."""
MinPosition = Annotated[
    str | None,
    Query(description="Answer only once this position is read here: for writes of other servers"),
]
Limit = Annotated[int, Query(ge=1, le=1000, description="The most that one page holds")]
After = Annotated[
    str | None, Query(description="The last position seen, or `next` of the page before")
]
