"""The console's own files: nothing is fetched from elsewhere."""

import gzip
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Final, NamedTuple

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access import open_to_all
from api.refusals import UnknownPage

_KINDS: Final = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
FILES: Final = (
    "console.css",
    "paper.css",
    "console.js",
    "keys.js",
    "charts.js",
    "views.js",
    "log.js",
    "standing-chart.js",
    "what-if.js",
    "what-if-charts.js",
    "policies-charts.js",
    "mark.svg",
    "htmx/htmx.min.js",
    "echarts/echarts.min.js",
)

router = APIRouter(include_in_schema=False, dependencies=[open_to_all()])


class _Kept(NamedTuple):
    """A file as it is sent. Only these are compressed: a page holds its visitor's token, which
    compression beside words of somebody else's could let guess.
    """

    whole: bytes
    compressed: bytes
    etag: str


@router.get("/console/static/{file:path}")
async def console_file(request: Request, file: str, v: str | None = None) -> Response:
    """One of the files; asked for by its version, a browser keeps it for a year."""
    if file not in FILES:
        raise UnknownPage("the console has no such file")
    kept = _kept(file)
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable" if v else "no-cache",
        "ETag": kept.etag,
        "Vary": "Accept-Encoding",
    }
    if kept.etag in request.headers.get("If-None-Match", ""):
        return Response(status_code=304, headers=headers)
    kind, content = _KINDS[file.rpartition(".")[2]], kept.whole
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        content, headers["Content-Encoding"] = kept.compressed, "gzip"
    return Response(content, media_type=kind, headers=headers)


@lru_cache
def _kept(file: str) -> _Kept:
    content = files("api.console").joinpath("static", *file.split("/")).read_bytes()
    # One tag for both ways of sending it, and so a weak one.
    etag = f'W/"{sha256(content).hexdigest()[:32]}"'
    return _Kept(content, gzip.compress(content, mtime=0), etag)
