"""`notices`: what a seller must be told."""

from typing import Annotated

import typer

from api.commands.options import AsJson, DataDir, console, refuse_bad_id, say_json
from api.commands.standing import SellerId

HELP = """Show what a seller must be told, in plain sentences, as its facts say it.

  seller-ledger notices s-1

  seller-ledger notices s-1 --unread --json
"""

_PAGE = 1_000


def notices(
    seller: SellerId,
    unread: Annotated[bool, typer.Option("--unread", help="Only those not read.")] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show a seller's notices."""
    from msgspec import to_builtins
    from rich.markup import escape

    from api.looking import Looking
    from api.notices import Notice, notices_of
    from api.opening import database, settings_of

    refuse_bad_id(seller, "SELLER")
    settings = settings_of(data_dir)
    found: list[Notice] = []
    with database(settings) as dsn, Looking(dsn, settings) as log:
        page = notices_of(log, seller, 0, _PAGE, unread=unread)
        found += page.notices
        while page.next is not None:
            page = notices_of(log, seller, int(page.next), _PAGE, unread=unread)
            found += page.notices
    if as_json:
        say_json({"notices": to_builtins(found), "unread": page.unread})
        return
    for notice in found:
        sign = " " if notice.read_at else "*"
        console().print(f"{sign} {notice.at}  [bold]{escape(notice.title)}[/bold]")
        console().print(f"  {escape(notice.text)}")
    console().print(f"{page.unread} unread")
