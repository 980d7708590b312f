"""The OpenAPI 3.1 document, made from what the routes already say.

A route declares its scopes by its door, its body by `reads`, its answer and refusals by
`answers`; this module only puts them together. Nothing is described twice.
"""

from typing import Any, Final, TypeAlias, cast

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from api.access import door_of
from api.bodies import Reading
from api.problems import Problem, row_of
from api.refusals import (
    BodyTooLarge,
    MalformedBody,
    MalformedParameter,
    NotAuthenticated,
    WrongMediaType,
    WrongScope,
)
from ledger.facts.refusal import Refusal

Json: TypeAlias = dict[str, Any]

_COMPONENTS: Final = "x-components"
_REF: Final = "#/components/schemas/{name}"
_PROBLEM: Final[Json] = {
    "application/problem+json": {"schema": {"$ref": _REF.format(name="Problem")}}
}


def answers(
    shape: Any,
    *refusals: type[Refusal],
    status: int = 200,
    says: str = "The answer",
    prefix: str = "",
) -> Json:
    """Keywords for a route's decorator: its status, the shape of its answer, its own refusals.

    A prefix names the shapes apart from others of the same names.
    """
    (schema,), components = _schemas(shape, prefix)
    return {
        "status_code": status,
        "response_model": None,
        "responses": {
            status: {"description": says, "content": {"application/json": {"schema": schema}}},
            **_problems(*refusals),
        },
        "openapi_extra": {_COMPONENTS: components},
    }


def document_of(app: FastAPI) -> Json:
    """The whole document, made once. Where keys are off, it does not ask for one."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        schemas = _schemas(Problem)[1]
        keys = app.state.keys is not None
        for route in app.routes:
            if isinstance(route, APIRoute) and route.include_in_schema:
                for method in route.methods or ():
                    operation = document["paths"][route.path_format][method.lower()]
                    schemas |= _complete(operation, route, keys=keys)
        document["components"] = {"schemas": {name: schemas[name] for name in sorted(schemas)}}
        if keys:
            document["components"]["securitySchemes"] = {
                "key": {"type": "http", "scheme": "bearer"}
            }
        app.openapi_schema = document
    return app.openapi_schema


def _complete(operation: Json, route: APIRoute, *, keys: bool) -> Json:
    """Add to one operation what FastAPI cannot know; returns the schemas it refers to."""
    components: Json = operation.pop(_COMPONENTS, {})
    operation["operationId"] = route.name
    found: list[type[Refusal]] = []
    responses: Json = operation["responses"]
    responses.pop("422", None)
    if operation.get("parameters"):
        found.append(MalformedParameter)
    door = door_of(route)
    if door is not None and door.scopes:
        operation["x-scopes"] = list(door.scopes)
        if keys:
            operation["security"] = [{"key": []}]
            found += [NotAuthenticated, WrongScope]
    for dependant in route.dependant.dependencies:
        if isinstance(dependant.call, Reading):
            reading = cast(Any, dependant.call)
            content, more = _body(reading.shape, set(route.param_convertors))
            operation["requestBody"] = {"required": not reading.optional, "content": content}
            components |= more
            found += [MalformedBody, BodyTooLarge, WrongMediaType]
    for status, response in _problems(*found).items():
        own = route.responses.get(status)
        lines = [own["description"]] if own else []
        lines.append(response["description"])
        responses[str(status)] = {**response, "description": "; ".join(lines)}
    if 422 in route.responses:
        responses.setdefault("422", route.responses[422])
    responses["default"] = {"description": "Any other problem", "content": _PROBLEM}
    return components


def _problems(*refusals: type[Refusal]) -> dict[int | str, Json]:
    said: dict[int, list[str]] = {}
    for refusal in refusals:
        row = row_of(refusal)
        said.setdefault(row.status, []).append(f"{row.title} (/problems/{row.name})")
    return {
        status: {"description": "; ".join(dict.fromkeys(lines)), "content": _PROBLEM}
        for status, lines in said.items()
    }


def _body(shape: Any, in_path: set[str]) -> tuple[Json, Json]:
    """The body's schema: the struct without what the address says and without its tag."""
    (schema,), components = _schemas(shape)
    components = _without_nulls(components)
    if "$ref" not in schema:
        # One of several, told apart by a field of its own; the address says nothing of it.
        return {"application/json": {"schema": schema}}, components
    name = str(schema["$ref"]).rpartition("/")[2]
    whole = components.pop(name)
    config = shape.__struct_config__
    left_out = {*in_path, config.tag_field}
    body = {
        **whole,
        "title": f"{name}Body",
        "properties": {k: v for k, v in whole["properties"].items() if k not in left_out},
        "required": [k for k in whole.get("required", ()) if k not in left_out],
    }
    reference = {"$ref": _REF.format(name=f"{name}Body")}
    return {"application/json": {"schema": reference}}, {**components, f"{name}Body": body}


def _without_nulls(schema: Any) -> Any:
    """The schema with its texts said to hold no U+0000, as `api/bodies.py` demands."""
    match schema:
        case {"type": "string", "pattern": _} | {"enum": _}:
            return cast(Json, schema)
        case {"type": "string"}:
            return {**cast(Json, schema), "pattern": r"^[^\x00]*$"}
        case dict():
            return {k: _without_nulls(v) for k, v in cast(Json, schema).items()}
        case list():
            return [_without_nulls(v) for v in cast(list[Any], schema)]
        case _:
            return schema


def _schemas(shape: Any, prefix: str = "") -> tuple[tuple[Json, ...], Json]:
    template = _REF.format(name=prefix + "{name}")
    schemas, components = msgspec.json.schema_components([shape], ref_template=template)
    return schemas, {prefix + name: found for name, found in components.items()}
