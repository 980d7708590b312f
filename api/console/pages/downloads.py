"""Whole lists as files, handed on as they come: the routes under /v1 make them."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from api.console.asking import Asked
from api.console.kindly import console_router
from api.console.visitors import signed_in
from api.refusals import UnknownPage

router = console_router(dependencies=[signed_in()])

_FORMATS: Final = {
    "csv": "text/csv",
    "ndjson": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@router.get("/console/download/{file_format}/{place:path}")
async def download(request: Request, ask: Asked, file_format: str, place: str) -> Response:
    """The list at /v1/`place`, filtered as the page was, as a file."""
    if file_format not in _FORMATS:
        raise UnknownPage(f"there are no files of the kind {file_format[:40]!r}")
    words = request.query_params.multi_items()
    return ask.passing(f"/v1/{place}", words, {"accept": _FORMATS[file_format]})
