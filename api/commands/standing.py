"""`standing` and `explain`: what the ledger says of a seller, and why."""

from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from api.commands.options import AsJson, DataDir, console, refuse_bad_id, say_json

if TYPE_CHECKING:
    from ledger.facts.instants import Instant

STANDING_HELP = """Show a seller's standing, now or as of any instant.

  seller-ledger standing s-1

  seller-ledger standing s-1 --as-of 2026-03-01T00:00:00Z --known-at 2026-03-01T00:00:00Z --json
"""
EXPLAIN_HELP = """Explain a seller's standing: every point, every sanction, and what would lift it.

  seller-ledger explain s-1

  seller-ledger explain s-1 --as-of 2026-03-01T00:00:00Z
"""

SellerId: TypeAlias = Annotated[
    str, typer.Argument(metavar="SELLER", help="Its id.", show_default=False)
]
AsOf: TypeAlias = Annotated[
    str | None, typer.Option(help="The instant asked about, such as 2026-03-01T00:00:00Z: now.")
]
KnownAt: TypeAlias = Annotated[
    str | None, typer.Option(help="Only from what was recorded by this instant: now.")
]


def standing(
    seller: SellerId,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show a seller's standing."""
    from msgspec import to_builtins

    from api.looking import Looking
    from api.opening import database, settings_of
    from api.representations import standing_of

    asked = _asked(seller, as_of, known_at)
    settings = settings_of(data_dir)
    with database(settings) as dsn, Looking(dsn, settings) as log:
        found = log.standing(seller, *asked)
        shown = to_builtins(standing_of(found, log.rulebook.book))
    if as_json:
        say_json(shown)
    else:
        _tell(shown)


def explain(
    seller: SellerId,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Explain a seller's standing."""
    from msgspec import to_builtins

    from api.explaining import tell
    from api.explanations import explanation_of
    from api.looking import Looking
    from api.opening import database, settings_of
    from api.reads import record_at_terminal
    from projections.tree.reading import Tree

    asked = _asked(seller, as_of, known_at)
    settings = settings_of(data_dir)
    with database(settings) as dsn, Looking(dsn, settings) as log:
        found = log.explanation(seller, *asked)
        told = explanation_of(found, log, Tree(log.reader), names_people=True)
        shown = to_builtins(told)
        record_at_terminal(log, "explanation", 1, seller_id=seller)
    if as_json:
        say_json(shown)
    else:
        _tell(shown["standing"])
        tell(found, console())
        _tell_checkpoint(shown["checkpoint"])


def _tell_checkpoint(named: dict[str, Any] | None) -> None:
    if named is None:
        return
    console().print(
        f"\nRests on facts up to position {named['position']}; the checkpoint of {named['size']} "
        f"facts, signed at {named['signed_at']}, holds them.",
        markup=False,
    )


def _asked(
    seller: str, as_of: str | None, known_at: str | None
) -> "tuple[Instant | None, Instant | None]":
    """The instants asked for; refuses a seller's id that cannot be one."""
    from ledger.facts.instants import parse_instant

    refuse_bad_id(seller, "SELLER")
    return (
        None if as_of is None else parse_instant(as_of, "--as-of"),
        None if known_at is None else parse_instant(known_at, "--known-at"),
    )


def _tell(found: dict[str, Any]) -> None:
    told = console()
    may = {"can_sell": "sell", "can_promote": "promote", "can_withdraw": "withdraw"}
    rights = ", ".join(f"may {'' if found[k] else 'not '}{word}" for k, word in may.items())
    told.print(f"[bold]{found['seller_id']}[/bold]  {found['status']}: {rights}")
    told.print(f"as of {found['as_of']}, known at {found['known_at']}, {found['policy']}")
    for bucket in found["buckets"]:
        ahead = bucket["to_next_milestone"]
        more = f", {ahead} to {bucket['next_milestone']}" if ahead is not None else ""
        limit = "" if bucket["limit"] is None else f" of {bucket['limit']}"
        told.print(f"  {bucket['bucket']}: {bucket['value']}{limit}{more}")
    for sanction in found["sanctions"]:
        until = f"until {sanction['until']}" if sanction["until"] else "without end"
        ground = sanction["milestone"] or "by hand"
        causes = ", ".join(sanction["because_of"])
        told.print(
            f"  {sanction['kind']} ({sanction['sanction_id']}, {ground}) from "
            f"{sanction['from']} {until}" + (f", because of {causes}" if causes else "")
        )
    for freeze in found["freezes"]:
        told.print(f"  funds frozen from {freeze['from']} until {freeze['until']}")
    if found["next_change_at"]:
        told.print(f"  time alone changes nothing before {found['next_change_at']}")
