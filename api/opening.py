"""How a command reaches the ledger: the database that is configured, the one a server of this
folder runs, or one started for the moment.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from api.settings import Settings, read_settings, refuse_open_doors
from ledger.facts.instants import Instant


def settings_of(data_dir: Path | None) -> Settings:
    """The settings, with what the command line gave on top."""
    return read_settings(data_dir=data_dir)


def demo_settings(data_dir: Path | None, host: str) -> Settings:
    """The same for the demonstration: without keys, so it is served on this machine only."""
    settings = read_settings(data_dir=data_dir, auth="off")
    refuse_open_doors(settings, host)
    return settings


def today() -> date:
    """The present day in UTC."""
    return datetime.now(UTC).date()


def system_now() -> Instant:
    """The present by this machine's clock."""
    return time.time_ns() // 1_000


@contextmanager
def database(settings: Settings, *, migrated: bool = True) -> Iterator[str]:
    """The DSN of the ledger's database, brought to this program's migrations."""
    from ledger.store.migrate import migrate
    from ledger.store.server import EmbeddedPostgres, running_dsn

    if settings.database_url is not None:
        dsn = settings.database_url.get_secret_value()
    else:
        dsn = running_dsn(settings.data_dir)
    if dsn is not None:
        if migrated:
            migrate(dsn, migrations())
        yield dsn
        return
    with EmbeddedPostgres(settings.data_dir) as server:
        if migrated:
            migrate(server.dsn, migrations())
        yield server.dsn


def migrations() -> Path:
    """The folder of the migrations that this program was made with."""
    from importlib.resources import files

    return Path(str(files("projections") / "migrations"))


def packs_of(settings: Settings) -> tuple[str, list[bytes], bytes | None]:
    """The name of the pack that decides, the shipped packs' canonical bytes, and the operator's."""
    from ledger.policy.check import policy_from_canonical
    from ledger.policy.document import canonical, read
    from ledger.policy.shipped import load_pack, shipped_packs

    shipped = {ref: canonical(read(text)) for ref, text in shipped_packs().items()}
    names = {ref.partition("@")[0] for ref in shipped}
    if settings.policy in names:
        return settings.policy, list(shipped.values()), None
    chosen = canonical(read(load_pack(settings.policy)))
    return policy_from_canonical(chosen).name, list(shipped.values()), chosen
