"""The console's own files: nothing is fetched from elsewhere."""

from importlib.resources import files
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from api.access import open_to_all
from api.refusals import UnknownPage

_KINDS: Final = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
FILES: Final = (
    "console.css",
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


@router.get("/console/static/{file:path}")
async def console_file(file: str, v: str | None = None) -> Response:
    """One of the files; asked for by its version, a browser keeps it for a year."""
    if file not in FILES:
        raise UnknownPage("the console has no such file")
    content = files("api.console").joinpath("static", *file.split("/")).read_bytes()
    kept = "public, max-age=31536000, immutable" if v else "no-cache"
    kind = _KINDS[file.rpartition(".")[2]]
    return Response(content, media_type=kind, headers={"Cache-Control": kept})
