"""The interactive documentation, from files kept in this package: nothing is fetched elsewhere."""

from importlib.resources import files
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.access import open_to_all
from api.bodies import answer
from api.refusals import UnknownPage

_FILES: Final = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "docs.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>seller-ledger: the HTTP interface</title>
<link rel="icon" href="/v1/docs/favicon-32x32.png">
<link rel="stylesheet" href="/v1/docs/swagger-ui.css">
<script src="/v1/docs/swagger-ui-bundle.js" defer></script>
<script src="/v1/docs/docs.js" defer></script>
<div id="swagger-ui"></div>
<noscript>Without JavaScript, read <a href="/v1/openapi.json">openapi.json</a>.</noscript>
</html>
"""
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

router = APIRouter(include_in_schema=False, dependencies=[open_to_all()])


@router.get("/v1/docs")
async def docs_page() -> Response:
    """The page that explains every route and lets a reader try it."""
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": _POLICY})


@router.get("/v1/docs/{file}")
async def docs_file(file: str) -> Response:
    """One of the page's own files."""
    if file not in _FILES:
        raise UnknownPage("the documentation has no such file")
    content = files("api").joinpath("static", "swagger-ui", file).read_bytes()
    return Response(
        content, media_type=_FILES[file], headers={"Cache-Control": "public, max-age=86400"}
    )


@router.get("/v1/openapi.json")
async def openapi_document(request: Request) -> Response:
    """The OpenAPI 3.1 document of this server."""
    return answer(request.app.openapi())
