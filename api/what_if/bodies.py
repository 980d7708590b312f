"""A scenario as the body of a request: JSON or TOML, held to the ledger that it is for."""

from typing import Any, Final

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from api.bodies import expect_media_type, whole_body
from api.problems import MistakeSeen
from api.refusals import MalformedBody
from ledger.ledger import Ledger
from ledger.policy.document import MOST_BYTES
from ledger.policy.writing import to_toml
from projections.what_if.reading import (
    MalformedScenario,
    scenario_from,
    scenario_from_json,
    scenario_from_toml,
)
from projections.what_if.scenario import data_of
from projections.what_if.words import in_words

AS_TOML: Final = frozenset({"application/toml", "text/toml", "text/plain"})
_OBJECT: Final = {"type": ["object", "null"]}
_WHEN: Final = {"type": ["string", "null"], "format": "date-time"}
_WORDS: Final = {"type": "string", "minLength": 1, "pattern": r"^[^\x00-\x1f\x7f]+$"}
BODY: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "title": "Scenario",
                "description": "Another world; docs/what-if.md explains every key",
                "required": ["name"],
                "additionalProperties": False,
                "properties": {
                    "name": {**_WORDS, "maxLength": 200},
                    "about": {**_WORDS, "type": ["string", "null"], "maxLength": 2_000},
                    "from": _WHEN,
                    "to": _WHEN,
                    "known_at": _WHEN,
                    "policy": _OBJECT,
                    "facts": _OBJECT,
                    "population": _OBJECT,
                },
            }
        },
        **{
            kind: {"schema": {"type": "string", "description": "The same as TOML"}}
            for kind in sorted(AS_TOML)
        },
    },
}
"""What the OpenAPI document says of it."""


class ScenarioSeen(msgspec.Struct, frozen=True):
    """A scenario as data, as TOML, and in sentences."""

    scenario: dict[str, Any]
    toml: str
    asks: tuple[str, ...]
    """What is different in its world, a sentence for each thing."""


class ScenarioChecked(msgspec.Struct, frozen=True):
    """Whether a scenario could be run here now; if so, what it asks."""

    ok: bool
    mistakes: tuple[MistakeSeen, ...] = ()
    read: ScenarioSeen | None = None


def scenario_seen(data: dict[str, Any]) -> ScenarioSeen:
    """A scenario that was read before, as it is told."""
    return ScenarioSeen(data, to_toml(data), in_words(scenario_from(data)))


async def scenario_checked(request: Request, ledger: Ledger) -> ScenarioChecked:
    """What would be said of the scenario in a body, were it asked for."""
    try:
        data = await scenario_in(request, ledger)
    except MalformedScenario as wrong:
        return ScenarioChecked(False, tuple(MistakeSeen(*mistake) for mistake in wrong.mistakes))
    return ScenarioChecked(True, (), await run_in_threadpool(scenario_seen, data))


async def scenario_in(request: Request, ledger: Ledger) -> dict[str, Any]:
    """The scenario in a body, as data; raises `MalformedScenario` with every mistake in it."""
    expect_media_type(request, AS_TOML | {"application/json"})
    body = await whole_body(request, 2 * MOST_BYTES)
    kind = request.headers["content-type"].partition(";")[0].strip().lower()
    return await run_in_threadpool(_read, body, ledger, toml=kind != "application/json")


def _read(body: bytes, ledger: Ledger, *, toml: bool) -> dict[str, Any]:
    # The archive's columns come with it, and only whoever asks for a what-if waits for them.
    from projections.what_if.knowing import known_to  # noqa: PLC0415

    with ledger.reader.cursor() as cursor:
        known = known_to(cursor, ledger.now())
    if not toml:
        return data_of(scenario_from_json(body, known))
    try:
        return data_of(scenario_from_toml(body.decode(), known))
    except UnicodeDecodeError:
        raise MalformedBody("the scenario is not UTF-8", accepted="TOML 1.0 in UTF-8") from None
