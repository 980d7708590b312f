"""`keys`: who may ask the server, made, listed and closed."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.commands.options import AsJson, DataDir, console, say_json

if TYPE_CHECKING:
    from api.keys import KnownKey

app = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)

CREATE_HELP = """Make a key. It is shown once, and kept only as a hash.

  seller-ledger keys create storefront --scope standing:read

  seller-ledger keys create acme --scope standing:read --seller s-1
"""


@app.command("create", help=CREATE_HELP)
def create(
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="Its holder's id.")],
    scope: Annotated[list[str], typer.Option(help="What it opens; may be given several times.")],
    seller: Annotated[
        str | None, typer.Option(help="For a seller's own key: the only seller it sees.")
    ] = None,
    expires: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day (UTC) it ends.")
    ] = None,
    by: Annotated[str, typer.Option(help="Who makes it.")] = "operator",
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a key."""
    import psycopg

    from api.keys import create_key
    from api.opening import database, settings_of

    if expires is not None and expires.replace(tzinfo=UTC) <= datetime.now(UTC):
        raise typer.BadParameter("lies in the past", param_hint="--expires")
    with database(settings_of(data_dir)) as dsn, psycopg.connect(dsn) as connection:
        key = create_key(
            connection,
            subject=subject,
            scopes=scope,
            created_by=by,
            seller_id=seller,
            expires_at=None if expires is None else expires.replace(tzinfo=UTC),
        )
    if as_json:
        say_json({"key": key})
    else:
        console().print(f"{key}\nKeep it: nobody can read it again.", markup=False)


@app.command("list")
def list_(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List every key ever made; secrets are not kept."""
    import psycopg

    from api.keys import list_keys
    from api.opening import database, settings_of

    with database(settings_of(data_dir)) as dsn, psycopg.connect(dsn) as connection:
        keys = [_shown(key) for key in list_keys(connection)]
    if as_json:
        say_json(keys)
        return
    told = console()
    for key in keys:
        whose = f", seller {key['seller_id']} only" if key["seller_id"] else ""
        ended = f", closed {key['revoked_at']}" if key["revoked_at"] else ""
        ends = f", ends {key['expires_at']}" if key["expires_at"] else ""
        scopes = ", ".join(key["scopes"])
        told.print(f"{key['key_id']}  {key['subject']}: {scopes}{whose}{ends}{ended}", markup=False)
    if not keys:
        told.print("There are no keys.")


@app.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="KEY_ID", help="As `keys list` shows it.")],
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Close a key for good; servers turn it away within seconds."""
    import psycopg

    from api.keys import revoke_key
    from api.opening import database, settings_of
    from api.refusals import MalformedParameter

    with database(settings_of(data_dir)) as dsn, psycopg.connect(dsn) as connection:
        closed = revoke_key(connection, key_id)
    if closed is None:
        raise MalformedParameter(
            f"there is no key {key_id[:80]!r}",
            field="KEY_ID",
            accepted="an id that `seller-ledger keys list` shows",
        )
    if as_json:
        say_json({"key_id": key_id, "revoked_at": closed.isoformat()})
    else:
        console().print(f"Key {key_id} is closed.")


def _shown(key: "KnownKey") -> dict[str, Any]:
    told = key._asdict()
    del told["created_by"]
    return {n: v.isoformat() if isinstance(v, datetime) else v for n, v in told.items()}
