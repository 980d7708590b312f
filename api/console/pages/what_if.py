"""What-if: the runs that are kept, and a new scenario built with a form or pasted as text."""

from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from api.console.asking import Asked, Asking, Refused
from api.console.forms import KEY, SentForm, fields_of
from api.console.kindly import console_router
from api.console.rendering import go, page
from api.console.visitors import CurrentVisitor, Visitor, signed_in
from api.console.what_if import form as forms
from api.console.what_if.form import DRAFT, Fields
from api.console.what_if.reading import changed, scenario_of
from api.console.what_if.values import Group, by_name, patchable

router = console_router(dependencies=[signed_in("what-if:run", "audit:read")])
asking = console_router(dependencies=[signed_in("what-if:run")])

_ROWS: Final = 50
_JSON: Final = "application/json"
_TOML: Final = "application/toml"
_EMPTY: Final[dict[str, Any]] = {
    "mistakes": (), "checked": None, "text": "", "text_mistakes": (), "problem": None, "json": "",
}  # fmt: skip
Mistakes = list[dict[str, str]]


@router.get("/console/what-if")
async def runs(request: Request, visitor: CurrentVisitor, ask: Asked) -> Response:
    """The runs, the newest first."""
    words = {name: request.query_params.get(name) for name in ("state", "after")}
    found = await ask.get("/v1/what-if", words | {"limit": _ROWS})
    return page(request, "what-if.html", visitor, found=found, wanted=words)


@asking.get("/console/what-if/new")
async def new(request: Request, visitor: CurrentVisitor, ask: Asked) -> Response:
    """A form to fill in: empty, as the address says, or as a run was asked (`like`)."""
    builder = await Builder.of(request, visitor, ask)
    fields = forms.joined(request.query_params.multi_items())
    like = fields.pop("like", None)
    if like is None:
        return builder.shown(fields)
    found = await ask.get(f"/v1/what-if/{like}/scenario")
    return builder.filled(found)


@asking.post("/console/what-if/new")
async def build(request: Request, visitor: CurrentVisitor, ask: Asked, form: SentForm) -> Response:
    """One more block, or one fewer; check it, show it as text, read a text, or have it run."""
    builder = await Builder.of(request, visitor, ask)
    fields = forms.joined(await fields_of(request))
    do, _, which = form.get("do", "check").partition(" ")
    match do:
        case "add":
            return builder.shown(forms.with_block(fields, which))
        case "drop":
            what, _, place = which.partition(" ")
            number = int(place) if place.isdecimal() and len(place) < 4 else -1
            return builder.shown(forms.without(fields, [(what, number)]))
        case "open":
            return builder.shown(fields)
        case "read":
            return await builder.read(fields)
        case "run-text":
            return await builder.run_text(fields, form.get(KEY))
        case "run":
            return await builder.run(fields, form.get(KEY))
        case _:
            return await builder.check(fields)


class Builder:
    """The form of a scenario, for one visitor; whatever is refused, the form keeps it all."""

    def __init__(
        self, request: Request, visitor: Visitor, ask: Asking, seen: Any, editions: list[Any]
    ) -> None:
        self._request = request
        self._visitor = visitor
        self._ask = ask
        self._policy = seen["policy"]
        self._editions = editions
        self._document = seen["document"]
        self.groups: list[Group] = patchable(seen["document"])
        self.values = by_name(self.groups)

    @classmethod
    async def of(cls, request: Request, visitor: Visitor, ask: Asking) -> "Builder":
        """With the pack that is in force now."""
        editions = await ask.every("/v1/policies", "policies")
        own = next(edition["pack"] for edition in editions if edition["decides"])
        return cls(request, visitor, ask, await ask.get(f"/v1/policies/{own}"), editions)

    def shown(self, fields: Fields, status: int = 200, **more: Any) -> Response:
        """The form with these fields in it."""
        mistakes: Mistakes = list(more.pop("mistakes", ()))
        named = {wrong["where"]: wrong for wrong in mistakes}
        shown = _EMPTY | {"text": fields.get("text", "")} | more
        return page(
            self._request,
            "what-if-new.html",
            self._visitor,
            status,
            fields=fields,
            wrong=named,
            policy=self._policy,
            editions=self._editions,
            rules=sorted(self._document.get("rules", {})),
            families=sorted(self._document.get("families", {})),
            groups=self.groups,
            changed=set(changed(fields, self.values)),
            counts=forms.counts(fields),
            filters=forms.FILTER,
            **shown | {"mistakes": mistakes},
        )

    def filled(self, found: Any) -> Response:
        """The form filled in from a scenario; one too long for it stays text."""
        fields = forms.fields_of(found["scenario"], self.values)
        if fields is None:
            return self.shown({"name": found["scenario"]["name"]}, text=found["toml"], json="long")
        return self.shown(fields)

    async def check(self, fields: Fields) -> Response:
        """Say whether it could be run, and what it asks."""
        fields = forms.without(fields, forms.empty_blocks(fields))
        data, mistakes = await self._data(fields)
        checked = await self._checked(_JSON, msgspec.json.encode(data))
        mistakes += checked["mistakes"]
        if mistakes:
            return self.shown(fields, 422, mistakes=mistakes)
        as_json = msgspec.json.format(msgspec.json.encode(checked["read"]["scenario"])).decode()
        return self.shown(fields, checked=checked["read"], json=as_json)

    async def run(self, fields: Fields, key: str | None) -> Response:
        """Have it run, and go where its progress is told."""
        fields = forms.without(fields, forms.empty_blocks(fields))
        data, mistakes = await self._data(fields)
        if mistakes:
            checked = await self._checked(_JSON, msgspec.json.encode(data))
            return self.shown(fields, 422, mistakes=mistakes + checked["mistakes"])
        return await self._asked(fields, _JSON, msgspec.json.encode(data), key, "mistakes")

    async def read(self, fields: Fields) -> Response:
        """Fill the form in from a text."""
        text = fields.get("text", "")
        checked = await self._checked(_kind(text), text.encode())
        if checked["mistakes"]:
            return self.shown(fields, 422, text_mistakes=checked["mistakes"])
        return self.filled(checked["read"])

    async def run_text(self, fields: Fields, key: str | None) -> Response:
        """Have a text run as it is."""
        text = fields.get("text", "")
        return await self._asked(fields, _kind(text), text.encode(), key, "text_mistakes")

    async def _asked(
        self, fields: Fields, kind: str, body: bytes, key: str | None, place: str
    ) -> Response:
        """Ask for a run in the visitor's name; what is wrong with it is told at `place`."""
        headers = {"content-type": kind} | ({"idempotency-key": key} if key else {})
        who = self._visitor.name if self._visitor.actor.subject is None else None
        try:
            answer = await self._ask.answer("POST", "/v1/what-if", {"asked_by": who}, body, headers)
        except Refused as refused:
            mistakes: Mistakes = refused.problem["mistakes"] or []
            told: dict[str, Any] = {place: mistakes}
            told["problem"] = None if mistakes else refused.problem
            return self.shown(fields, refused.status, **told)
        return go(self._request, f"what-if/{answer.data['id']}")

    async def _data(self, fields: Fields) -> tuple[dict[str, Any], Mistakes]:
        """The scenario that the form says, with what is wrong with the draft in it."""
        text = fields.get(DRAFT)
        if not text:
            return scenario_of(fields, self.values, None), []
        checked = await self._ask.send("POST", "/v1/policies:check", {"toml": text})
        if not checked["ok"]:
            mistakes = [
                wrong | {"where": f"{DRAFT}.{wrong['where']}"} for wrong in checked["mistakes"]
            ]
            return scenario_of(fields, self.values, None), mistakes
        wrong: Mistakes = []
        if fields.get(forms.PACK):
            told = "a published edition and a draft"
            wrong = [{"where": forms.PACK, "found": told, "accepted": "one of the two"}]
        return scenario_of(fields, self.values, checked["document"]), wrong

    async def _checked(self, kind: str, body: bytes) -> Any:
        """What /v1 says of it; a body that it does not read at all is one mistake."""
        headers = {"content-type": kind}
        try:
            return (await self._ask.answer("POST", "/v1/what-if:check", (), body, headers)).data
        except Refused as refused:
            told = {
                "where": "the scenario",
                "found": refused.problem["detail"] or "",
                "accepted": refused.problem["accepted"] or "",
            }
            return {"ok": False, "mistakes": [told], "read": None}


def _kind(text: str) -> str:
    return _JSON if text.lstrip().startswith("{") else _TOML
