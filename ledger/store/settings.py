"""How the embedded PostgreSQL is set: one machine, few clients, facts that must not be lost."""

import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SETTINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "listen_addresses": "",
        "port": "5432",
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "shared_buffers": "256MB",
        "effective_cache_size": "1GB",
        "work_mem": "16MB",
        "maintenance_work_mem": "128MB",
        # An acknowledged fact is on disk.
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        # Nobody replicates an embedded server: write no more than recovery needs, and checkpoint
        # seldom, since each checkpoint makes every page be logged in full again.
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "wal_buffers": "16MB",
        "max_wal_size": "4GB",
        "min_wal_size": "256MB",
        "checkpoint_timeout": "15min",
        # The ledger's queries are short: compiling them costs more than it saves.
        "jit": "off",
        "random_page_cost": "1.1",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }
)


def shared_memory() -> str:
    """Where parallel queries share memory: `posix` where there is room for it, else files."""
    # Containers often give 64 MiB of /dev/shm or none, and a parallel query then fails midway.
    try:
        room = os.statvfs("/dev/shm")  # noqa: S108 - only asked for its size
    except OSError:
        return "mmap"
    roomy = room.f_bavail * room.f_frsize >= 256 << 20
    return "posix" if roomy and os.access("/dev/shm", os.W_OK) else "mmap"  # noqa: S108
