"""What the doctor sees from the outside: programs, settings, memory, room, doors and ports."""

import http.client
import platform
import resource
import shutil
import socket
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import psycopg
from psycopg.conninfo import conninfo_to_dict

from api.doctor_finding import Finding
from api.settings import Settings
from projections.archive.manifest import read_manifest
from projections.archive.refusals import NoArchive

LITTLE_ROOM: Final = 1 << 30
LITTLE_MEMORY: Final = 512 << 20
FEW_FILES: Final = 1_024
_PACKAGES: Final = ("seller-ledger", "eventsourcing", "fastapi", "granian", "msgspec", "psycopg")
_GIB: Final = 1 << 30
_MIB: Final = 1 << 20
_CGROUP: Final = Path("/sys/fs/cgroup/memory.max")
_MEMORY: Final = Path("/proc/meminfo")


def machine(settings: Settings, host: str, port: int) -> Iterator[Finding]:
    """Everything that needs no database."""
    yield Finding("versions", "ok", _versions())
    yield Finding("settings", "ok", _settings(settings))
    yield _doors(settings)
    yield _memory()
    yield _files()
    yield _room(settings)
    yield _archive(settings)
    yield _port(host, port)


def _versions() -> str:
    found = [f"Python {platform.python_version()} on {platform.machine()} {platform.system()}"]
    for package in _PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"{package} (not installed as a package)")
    return ", ".join([*found, f"libpq {psycopg.pq.version_pretty(psycopg.pq.version())}"])


def _settings(settings: Settings) -> str:
    """Every setting; of the database's address all but what is secret."""
    said = [
        f"LEDGER_{name.upper()}={getattr(settings, name)}"
        for name in type(settings).model_fields
        if name != "database_url" and getattr(settings, name) is not None
    ]
    if settings.database_url is None:
        return ", ".join([*said, "LEDGER_DATABASE_URL not set: the embedded PostgreSQL"])
    address = conninfo_to_dict(settings.database_url.get_secret_value())
    open_parts = {k: address[k] for k in ("host", "port", "dbname", "user") if address.get(k)}
    shown = " ".join(f"{name}={value}" for name, value in open_parts.items())
    return ", ".join([*said, f"LEDGER_DATABASE_URL with {shown or 'libpq defaults'}"])


def _doors(settings: Settings) -> Finding:
    if settings.auth == "keys":
        return Finding("doors", "ok", "keys are asked for")
    says = "LEDGER_AUTH=off: everybody on this machine may write, and only loopback is served"
    return Finding("doors", "warn", says, "leave LEDGER_AUTH out where others have accounts")


def _memory() -> Finding:
    free = _bytes_available()
    if free is None:
        return Finding("memory", "ok", "this system does not say how much there is")
    limit = _CGROUP.read_text().strip() if _CGROUP.exists() else "max"
    of = f"; this process group may have {int(limit) / _GIB:,.1f} GiB" if limit != "max" else ""
    says = f"{free / _GIB:,.1f} GiB can be had{of}"
    if min(free, int(limit) if limit != "max" else free) > LITTLE_MEMORY:
        return Finding("memory", "ok", says)
    return Finding("memory", "warn", says, "a full memory of sellers and standings takes 1 GiB")


def _bytes_available() -> int | None:
    if not _MEMORY.exists():
        return None
    lines = _MEMORY.read_text().splitlines()
    found = next((line for line in lines if line.startswith("MemAvailable:")), None)
    return None if found is None else int(found.split()[1]) << 10


def _files() -> Finding:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft > FEW_FILES:
        return Finding("open files", "ok", "no limit" if soft < 0 else f"up to {soft:,}")
    says = f"up to {soft:,}, each connection being one"
    return Finding("open files", "warn", says, "raise it (`ulimit -n`) before many clients stream")


def _room(settings: Settings) -> Finding:
    folder = settings.data_dir
    there = next(f for f in (folder, *folder.parents) if f.exists())
    free = shutil.disk_usage(there).free
    says = f"{folder} has {free / _GIB:,.1f} GiB of room"
    if free > LITTLE_ROOM:
        return Finding("data folder", "ok", says)
    return Finding("data folder", "fail", says, "make room: PostgreSQL stops when its disk is full")


def _archive(settings: Settings) -> Finding:
    """What what-if is judged by: columns of the log, written beside it."""
    folder = settings.data_dir / "archive"
    try:
        manifest = read_manifest(folder)
    except NoArchive as broken:
        do = "stop the ledger and take the folder away: it is written anew from the log"
        return Finding("archive", "fail", str(broken), do)
    if not manifest.position:
        return Finding("archive", "ok", f"nothing was archived in {folder} yet")
    size = sum(segment.bytes for segment in manifest.segments) / _MIB
    lost = [s.file for s in manifest.segments if not (folder / s.file).is_file()]
    says = f"{folder} holds the log up to position {manifest.position} in {size:,.1f} MiB"
    if not lost:
        return Finding("archive", "ok", says)
    do = "stop the ledger and take the folder away: it is written anew from the log"
    return Finding("archive", "fail", f"{says}, but {lost[0]} is missing", do)


def _port(host: str, port: int) -> Finding:
    where = f"{host} port {port}"
    try:
        with socket.create_connection((host, port), timeout=1):
            pass
    except OSError:
        return Finding("port", "ok", f"nobody answers on {where}: no server runs there")
    status = _ready(host, port)
    if status == 200:
        return Finding("port", "ok", f"a ledger serves on {where} and is ready")
    if status == 503:
        return Finding("port", "warn", f"a ledger serves on {where} and is not ready", "wait")
    says = f"something that is no ledger listens on {where}"
    return Finding("port", "warn", says, "serve on another port: `seller-ledger serve --port …`")


def _ready(host: str, port: int) -> int | None:
    asking = http.client.HTTPConnection(host, port, timeout=2)
    try:
        asking.request("GET", "/v1/health/ready")
        answer = asking.getresponse()
        known = b'"ready"' in answer.read(1_000) or answer.status == 503
    except (OSError, http.client.HTTPException):
        return None
    finally:
        asking.close()
    return answer.status if known else None
