"""`policy`: packs checked, shown, compared and published."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from api.commands import policy_impact
from api.commands.options import AsJson, DataDir, console, refuse_bad_id, say_json

if TYPE_CHECKING:
    from ledger.policy.document import PackData
    from ledger.policy.policy import Policy

app = typer.Typer(
    help="Check, show, compare, assess and publish policy packs.", no_args_is_help=True
)
app.command("impact", help=policy_impact.HELP)(policy_impact.impact)

MOST_SHOWN = 200
CHECK_HELP = """Check pack files: every mistake, where it stands and what would be accepted.

  seller-ledger policy check my-pack.toml
"""
SHOW_HELP = """Show a pack: a shipped one, one edition of it, a file, or with --at the one in force.

  seller-ledger policy show aliexpress

  seller-ledger policy show aliexpress --at 2026-03-01T00:00:00Z
"""
DIFF_HELP = """Compare two packs, value by value.

  seller-ledger policy diff aliexpress aliexpress-ladder
"""
PUBLISH_HELP = """Publish an edition: it binds from its effective_from on, never backwards.

  seller-ledger policy publish my-pack.toml --by ana
"""
HOLIDAYS_HELP = """Print a country's public holidays as a table [calendar], to paste into a pack.

  seller-ledger policy holidays KR 2026 2027

  seller-ledger policy holidays DE 2026 --subdivision BY
"""


@app.command("check", help=CHECK_HELP)
def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Check pack files."""
    from ledger.facts.refusal import Refusal
    from ledger.policy.check import check as checked
    from ledger.policy.mistakes import MalformedPack
    from ledger.policy.shipped import load_pack

    found: list[dict[str, Any]] = []
    for file in files:
        try:
            policy = checked(load_pack(file))
        except MalformedPack as wrong:
            found.append(_wrong(file, [m._asdict() for m in wrong.mistakes]))
        except Refusal as missing:
            nothing = {"where": "", "found": "no such pack", "accepted": missing.accepted}
            found.append(_wrong(file, [nothing]))
        else:
            found.append({"file": file, "ok": True, "policy": policy.ref, "digest": policy.digest})
    if as_json:
        say_json(found)
    else:
        for one in found:
            _tell_checked(one)
    if not all(one["ok"] for one in found):
        raise typer.Exit(1)


def _wrong(file: str, mistakes: list[dict[str, Any]]) -> dict[str, Any]:
    return {"file": file, "ok": False, "mistakes": mistakes}


def _tell_checked(one: dict[str, Any]) -> None:
    told = console()
    if one["ok"]:
        told.print(f"{one['file']}: good. {one['policy']}, {one['digest']}", markup=False)
        return
    for mistake in one["mistakes"]:
        where = f"{mistake['where']}: " if mistake["where"] else ""
        told.print(
            f"{one['file']}: {where}found {mistake['found']}; accepted: {mistake['accepted']}",
            markup=False,
        )


@app.command("show", help=SHOW_HELP)
def show(
    pack: Annotated[str, typer.Argument(metavar="PACK", help="A pack, an edition, or a file.")],
    at: Annotated[
        str | None, typer.Option(help="Of the editions in the log, the one in force then.")
    ] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show a pack."""
    from ledger.policy.check import policy_from
    from ledger.policy.document import read
    from ledger.policy.shipped import load_pack

    if at is not None:
        policy, data = _in_force(pack, at, data_dir)
    else:
        data = read(load_pack(pack))
        policy = policy_from(data)
    if as_json:
        say_json({"policy": policy.ref, "digest": policy.digest, "pack": data})
        return
    told = console()
    told.print(f"[bold]{policy.ref}[/bold]  {policy.digest}")
    for path, value in _leaves(data):
        told.print(f"  {path} = {value}", markup=False)


def _in_force(pack: str, at: str, data_dir: Path | None) -> "tuple[Policy, PackData]":
    from api.looking import Looking
    from api.opening import database, settings_of
    from ledger.facts.instants import parse_instant

    instant = parse_instant(at, "--at")
    settings = settings_of(data_dir)
    with database(settings) as dsn, Looking(dsn, settings) as log:
        return log.pack_in_force(pack, instant)


def _leaves(data: Mapping[str, Any], within: str = "") -> list[tuple[str, Any]]:
    """Every value of a pack at its path; sources stand beside their values, in brackets."""
    found: list[tuple[str, Any]] = []
    for key, value in data.items():
        path = f"{within}{key}"
        table = cast("Mapping[str, Any]", value) if isinstance(value, dict) else None
        if table is None:
            found.append((path, cast(Any, value)))
        elif "value" in table:
            found.append((path, f"{table['value']}  ({table.get('source', 'no source')})"))
        else:
            found += _leaves(table, f"{path}.")
    return found


@app.command("diff", help=DIFF_HELP)
def diff(
    before: Annotated[str, typer.Argument(metavar="PACK", help="A pack, an edition, or a file.")],
    after: Annotated[str, typer.Argument(metavar="PACK", help="Another.")],
    as_json: AsJson = False,
) -> None:
    """Compare two packs."""
    from ledger.policy.diff import differences
    from ledger.policy.document import read
    from ledger.policy.shipped import load_pack

    found = differences(read(load_pack(before)), read(load_pack(after)))
    if as_json:
        say_json([one._asdict() for one in found])
        return
    for one in found:
        console().print(_short(str(one)), markup=False)
    if not found:
        console().print("They say the same.")


def _short(told: str) -> str:
    """Long texts, such as notes, are for `--json`."""
    return told if len(told) <= MOST_SHOWN else told[:MOST_SHOWN] + " …"


@app.command("publish", help=PUBLISH_HELP)
def publish(
    pack: Annotated[str, typer.Argument(metavar="PACK", help="A file, or a shipped edition.")],
    by: Annotated[str, typer.Option(help="Who publishes it: an opaque id.")],
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Publish an edition of a pack."""
    from api.opening import database, open_ledger, settings_of
    from ledger.policy.document import canonical, read
    from ledger.policy.shipped import load_pack

    settings, edition = settings_of(data_dir), canonical(read(load_pack(pack)))
    refuse_bad_id(by, "--by")
    with database(settings) as dsn, open_ledger(dsn, settings) as ledger:
        policy = ledger.publish(edition, by)
    if as_json:
        say_json({"policy": policy.ref, "digest": policy.digest})
    else:
        console().print(f"Published {policy.ref}, {policy.digest}.")


@app.command("holidays", help=HOLIDAYS_HELP)
def holidays(
    country: Annotated[str, typer.Argument(metavar="COUNTRY", help="Two letters, such as KR.")],
    years: Annotated[
        list[int], typer.Argument(metavar="YEAR…", min=1900, max=2100, show_default=False)
    ],
    subdivision: Annotated[
        str | None, typer.Option(help="A state or province, such as BY in DE.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print a country's public holidays."""
    from api.public_holidays import as_table, public_holidays

    found = public_holidays(country, years, subdivision)
    if as_json:
        say_json(found._asdict())
    else:
        console().print(as_table(found), markup=False, highlight=False, soft_wrap=True)
