"""`policy impact`: what a draft would change, before it is published."""

from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import typer

from api.commands.options import AsJson, DataDir, console, refuse_bad_id, say_json
from api.commands.what_if_running import (
    Csv,
    EngineName,
    How,
    Master,
    Out,
    Threads,
    answering,
    archived,
    telling_mistakes,
)

if TYPE_CHECKING:
    from api.scenarios import Answer
    from api.settings import Settings
    from ledger.impact import Assessed
    from ledger.policy.policy import Policy

HELP = """Judge history again under a draft, and tell what it would change.

The draft is a pack's file, or a shipped edition. It applies throughout the
last 365 days unless you say otherwise, and the result is kept as that of any
what-if. With --record its figures become a fact of the ledger: a pack whose
[publishing] says impact_report = "required" is published only then.

  seller-ledger policy impact my-pack.toml

  seller-ledger policy impact my-pack.toml --record --by ana

  seller-ledger policy impact my-pack.toml --from 2026-01-01T00:00:00Z
"""
Applies: TypeAlias = Annotated[
    Literal["throughout", "from-its-date"],
    typer.Option(help="In place of every edition, or beside them from its effective_from on."),
]
Begin: TypeAlias = Annotated[
    str | None, typer.Option("--from", help="Instead of 365 days before the end.")
]
To: TypeAlias = Annotated[str | None, typer.Option(help="Where the span ends: --known-at.")]
KnownAt: TypeAlias = Annotated[
    str | None, typer.Option(help="Only from what was recorded by this instant: now.")
]


def impact(
    draft: Annotated[str, typer.Argument(metavar="DRAFT", help="A file, or a shipped edition.")],
    record: Annotated[bool, typer.Option("--record", help="Record the figures.")] = False,
    by: Annotated[str | None, typer.Option(help="Who records them: an opaque id.")] = None,
    applies: Applies = "throughout",
    begin: Begin = None,
    to: To = None,
    known_at: KnownAt = None,
    out: Out = None,
    csv: Csv = None,
    threads: Threads = None,
    engine: EngineName = "local",
    master: Master = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Tell what a draft would change."""
    from api.commands.what_if_telling import as_data, tell, write_csv
    from api.impact import impact_scenario
    from api.opening import database, settings_of

    how = How(out, threads, engine, master, as_json)
    how.refuse_what_cannot_be()
    _refuse_half_a_record(record, by)
    instants = _instants(begin, to, known_at)
    data, policy = _pack(draft)
    settings = settings_of(data_dir)
    with database(settings) as dsn:
        known = archived(dsn, settings, how)
    with telling_mistakes(draft, as_json):
        scenario = impact_scenario(data, known, applies, **instants)
    with answering(scenario, known, settings, how) as answer:
        recorded = None if by is None else _recorded(answer, policy, by, settings)
        if as_json:
            if csv is not None:
                write_csv(answer, csv)
            say_json(as_data(answer, csv) | {"impact": _as_data(policy, recorded)})
            return
        tell(answer, as_json=False, csv=csv)
        _tell(answer, policy, applies, recorded)


def _refuse_half_a_record(record: bool, by: str | None) -> None:
    if record and by is None:
        raise typer.BadParameter("is needed with --record", param_hint="--by")
    if by is not None:
        if not record:
            raise typer.BadParameter("is for --record", param_hint="--by")
        refuse_bad_id(by, "--by")


def _instants(begin: str | None, to: str | None, known_at: str | None) -> dict[str, Any]:
    from ledger.facts.instants import parse_instant

    said = (("begin", "--from", begin), ("to", "--to", to), ("known_at", "--known-at", known_at))
    return {name: parse_instant(value, option) for name, option, value in said if value is not None}


def _pack(draft: str) -> "tuple[dict[str, Any], Policy]":
    from ledger.policy.check import policy_from
    from ledger.policy.document import read
    from ledger.policy.shipped import load_pack

    data = read(load_pack(draft))
    return data, policy_from(data)


def _recorded(answer: "Answer", policy: "Policy", by: str, settings: "Settings") -> "Assessed":
    from api.impact import impact_of
    from api.opening import database, open_ledger

    found = impact_of(policy, answer.result, by)
    # The draft may be the very file that LEDGER_POLICY names, which must not be published for this.
    with (
        database(settings) as dsn,
        open_ledger(dsn, settings, publishes_chosen=False) as ledger,
    ):
        return ledger.record_impact(found)


def _as_data(policy: "Policy", recorded: "Assessed | None") -> dict[str, Any]:
    on_record = None
    if recorded is not None:
        on_record = {
            "fact_id": recorded.fact_id,
            "position": str(recorded.position),
            "replayed": recorded.replayed,
        }
    return {
        "policy": policy.ref,
        "digest": policy.digest,
        "required": policy.impact_report_required,
        "recorded": on_record,
    }


def _tell(answer: "Answer", policy: "Policy", applies: str, recorded: "Assessed | None") -> None:
    from ledger.facts.instants import format_instant

    told = console()
    ends = answer.laid.plan.span.to
    if applies == "from-its-date" and policy.effective_from > ends:
        date = format_instant(policy.effective_from)
        told.print(
            f"[bold yellow]Warning: {policy.ref} takes effect on {date}, after this span: nothing "
            "can differ yet.[/] Ask with --applies throughout."
        )
    if recorded is not None:
        before = " before" if recorded.replayed else ""
        told.print(f"Recorded{before} as {recorded.fact_id}, for the digest {policy.digest}.")
    elif policy.impact_report_required:
        told.print(f"To publish {policy.ref}, record this: --record --by WHO.")
