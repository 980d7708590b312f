"""`demo`: a marketplace of made-up sellers, loaded and served."""

from datetime import datetime
from typing import Annotated

import typer

from api.commands.options import AsJson, DataDir, Host, Port, bar, console, say_json

HELP = """Load a made-up marketplace and serve it on this machine.

The same seed, size and last day give the same history. A marketplace that is loaded already is
served at once; an interrupted load goes on where it stopped.

  seller-ledger demo

  seller-ledger demo --sellers 50000 --years 5 --data-dir /tmp/large --load-only
"""


def demo(
    load_only: Annotated[bool, typer.Option("--load-only", help="Load, and do not serve.")] = False,
    sellers: Annotated[int, typer.Option(help="How many sellers.", min=1, max=5_000_000)] = 2_000,
    years: Annotated[int, typer.Option(help="How many years of history.", min=1, max=5)] = 3,
    seed: Annotated[int, typer.Option(help="Another seed, another marketplace.", min=0)] = 7,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day before which history ends: today."),
    ] = None,
    host: Host = "127.0.0.1",
    port: Port = 8080,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Load a made-up marketplace and serve it."""
    from api.demo.loading import load, port_to_serve
    from api.demo.marketplace import Marketplace
    from api.demo.tour import tour, where_to_look
    from api.opening import database, demo_settings, refuse_second_server, today

    settings = demo_settings(data_dir, host)
    if not load_only:
        refuse_second_server(settings)
        port = port_to_serve(host, port)
    wanted = Marketplace(sellers, years, seed, until.date() if until else today())
    with database(settings) as dsn:
        with bar("Loading the marketplace", shown=not as_json) as watch:
            loaded = load(dsn, settings, wanted, watch)
        stops = tour(dsn, settings, loaded.marketplace)
    if as_json:
        say_json(loaded.as_dict() | {"sellers_to_look_at": [stop._asdict() for stop in stops]})
    else:
        loaded.tell(console())
        for stop in stops:
            stop.tell(console(), host, port, settings.data_dir)
    if not load_only:
        if not as_json:
            console().print(
                where_to_look(host, port), markup=False, highlight=False, soft_wrap=True
            )
        from api.serve import serve_ledger

        serve_ledger(settings, host, port)
