"""`webhooks`: who is told of standing changes, and what they did not take."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from api.commands.options import AsJson, DataDir, console, refuse_bad_id, say_json

if TYPE_CHECKING:
    from api.settings import Settings
    from projections.webhooks.endpoints import Connection

app = typer.Typer(help="Add, look after and remove webhooks.", no_args_is_help=True)

ADD_HELP = """Add an endpoint. Its secret is shown once.

  seller-ledger webhooks add shop https://shop.example/hooks

  seller-ledger webhooks add desk https://desk.example/hooks --status suspended --from 1
"""
_PAGE = 1_000

WebhookId: TypeAlias = Annotated[
    str, typer.Argument(metavar="WEBHOOK", help="Its id.", show_default=False)
]


@app.command("list")
def list_(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List every endpoint: how far it has come, and how much waits for it."""
    from msgspec import to_builtins

    from api.webhooks import webhook_of
    from projections.webhooks import endpoints

    shown: list[dict[str, Any]] = []
    after = ""
    with _connected(data_dir) as (_, connection):
        while found := endpoints.page(connection, after, _PAGE):
            shown += [to_builtins(webhook_of(each)) for each in found]
            after = found[-1].webhook_id
    if as_json:
        say_json(shown)
        return
    for each in shown:
        console().print(
            f"{each['webhook_id']}  {each['url']}: {each['disabled_because'] or each['state']}, "
            f"delivered to {each['delivered_to']}, {each['pending']} pending, {each['dead']} dead",
            markup=False,
        )
    if not shown:
        console().print("There are no webhooks.")


@app.command("add", help=ADD_HELP)
def add(
    webhook_id: WebhookId,
    url: Annotated[str, typer.Argument(metavar="URL", help="Where to deliver to.")],
    seller: Annotated[
        list[str] | None, typer.Option(help="Only of this seller; may be given several times.")
    ] = None,
    status: Annotated[
        list[str] | None, typer.Option(help="Only of sellers that come to this status or leave it.")
    ] = None,
    begin: Annotated[
        str | None, typer.Option("--from", help="The first position to deliver: from now on.")
    ] = None,
    by: Annotated[str, typer.Option(help="Who adds it.")] = "operator",
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Add an endpoint."""
    import asyncio

    from api.opening import system_now
    from api.positions import position_in
    from projections.webhooks import endpoints
    from projections.webhooks.addresses import place_in
    from projections.webhooks.sending import addresses_of
    from projections.webhooks.signing import new_secret, secret_text

    refuse_bad_id(webhook_id, "WEBHOOK")
    refuse_bad_id(by, "--by")
    for each in seller or ():
        refuse_bad_id(each, "--seller")
    wanted = endpoints.Wanted(
        webhook_id, url, seller or None, _statuses(status),
        None if begin is None else position_in(begin, "--from"),
    )  # fmt: skip
    with _connected(data_dir) as (settings, connection):
        private = settings.webhooks_private == "allow"
        asyncio.run(addresses_of(place_in(url, private=private), private=private))
        end = _log_end(connection, wanted.begin)
        secret = new_secret()
        new = endpoints.add(connection, wanted, secret, end, system_now(), by)
    if as_json:
        say_json({"webhook_id": webhook_id, "secret": secret_text(secret) if new else None})
    elif new:
        console().print(f"{secret_text(secret)}\nKeep it: it is not shown again.", markup=False)
    else:
        console().print(f"Webhook {webhook_id} is there already.", markup=False)


@app.command("remove")
def remove(webhook_id: WebhookId, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Forget an endpoint, with all that waits for it."""
    from projections.webhooks import endpoints

    with _connected(data_dir) as (_, connection):
        endpoints.remove(connection, webhook_id)
    _say(as_json, {"webhook_id": webhook_id}, f"Webhook {webhook_id} is removed.")


@app.command("rotate")
def rotate(webhook_id: WebhookId, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Give an endpoint a new secret; for a day the one before signs along."""
    from api.opening import system_now
    from ledger.facts.instants import format_instant
    from projections.webhooks import endpoints
    from projections.webhooks.signing import new_secret, secret_text

    secret = new_secret()
    with _connected(data_dir) as (_, connection):
        until = format_instant(endpoints.rotate(connection, webhook_id, secret, system_now()))
    text = secret_text(secret)
    told = {"webhook_id": webhook_id, "secret": text, "previous_secret_until": until}
    _say(as_json, told, f"{text}\nKeep it: it is not shown again. The old one signs until {until}.")


@app.command("dead")
def dead(webhook_id: WebhookId, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List the deliveries that were given up, and why."""
    from msgspec import to_builtins

    from api.webhooks import delivery_of
    from projections.webhooks import endpoints

    shown: list[dict[str, Any]] = []
    after = 0
    with _connected(data_dir) as (_, connection):
        while found := endpoints.deliveries(connection, webhook_id, "dead", after, _PAGE):
            shown += [to_builtins(delivery_of(each)) for each in found]
            after = found[-1].position
    if as_json:
        say_json(shown)
        return
    for each in shown:
        console().print(
            f"{each['position']}: {each['problem']}, {each['attempts']} attempts, the last at "
            f"{each['failed_at']}",
            markup=False,
        )
    if not shown:
        console().print("Nothing was given up.")


@app.command("retry")
def retry(
    webhook_id: WebhookId,
    position: Annotated[str, typer.Argument(metavar="POSITION", help="As `dead` shows it.")],
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Have a running server try a delivery again at once."""
    from msgspec import to_builtins

    from api.opening import system_now
    from api.positions import position_in
    from api.webhooks import delivery_of
    from projections.webhooks import endpoints

    place = position_in(position, "POSITION")
    with _connected(data_dir) as (_, connection):
        found = endpoints.retry(connection, webhook_id, place, system_now())
    _say(as_json, to_builtins(delivery_of(found)), f"{position} is tried again at once.")


@contextmanager
def _connected(data_dir: Path | None) -> "Generator[tuple[Settings, Connection]]":
    import psycopg

    from api.opening import database, settings_of

    settings = settings_of(data_dir)
    with database(settings) as dsn, psycopg.connect(dsn) as connection:
        yield settings, connection


def _statuses(given: list[str] | None) -> Any:
    from typing import get_args

    from api.refusals import MalformedParameter
    from ledger.standing.standing import Status

    for status in given or ():
        if status not in get_args(Status):
            accepted = ", ".join(get_args(Status))
            raise MalformedParameter(
                f"{status[:80]!r} is no status", field="--status", accepted=accepted
            )
    return given or None


def _log_end(connection: "Connection", begin: int | None) -> int:
    """Where the log ends; raises `PositionInFuture` for a beginning behind it."""
    from api.refusals import PositionInFuture
    from ledger.store.head import Head
    from ledger.store.loading import SQL

    row = connection.execute(SQL["read_head"]).fetchone()
    end = 0 if row is None else Head.of(row).last_position
    if begin is not None and begin > end:
        raise PositionInFuture(begin, end, "--from")
    return end


def _say(as_json: bool, told: dict[str, Any], sentence: str) -> None:
    if as_json:
        say_json(told)
    else:
        console().print(sentence, markup=False)
