"""Who owns a folder: one living process, known by a lock that dies with it and a note beside it."""

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

DYING_SECONDS: Final = 2.0
"""How long a killed process may need to let go of its lock."""

# A POSIX lock does not stop its own process from taking it again.
_owned_here: set[Path] = set()


class FolderInUse(Exception):
    """Another living process owns the folder; its pid is `owner` where it is known."""

    def __init__(self, folder: Path, owner: int | None) -> None:
        who = f"process {owner}" if owner else "another process"
        super().__init__(
            f"The folder {folder} is in use by {who}. Stop it first, or choose another data folder."
        )
        self.folder = folder
        self.owner = owner


class Note(msgspec.Struct, frozen=True):
    """What an owner leaves for others to read; `born` tells its pid from a later use of it."""

    pid: int
    born: str
    run_folder: str = ""
    dsn: str = ""

    def is_alive(self) -> bool:
        """Whether the process that left the note still lives."""
        return self.born == born(self.pid) != ""


class Ownership:
    """The right to a folder, from `take` to `give_back` or the end of the process.

    A POSIX record lock, because a fork does not inherit it: workers that outlive a killed owner
    must not keep the folder from its successor. Closing *any* descriptor of the lock file would
    drop it, so nothing else opens that file; the note is a file of its own.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._note = folder / "owner.json"
        self._lock = -1

    def take(self) -> Note | None:
        """Become the owner, and answer with the note of a predecessor that left without notice."""
        if self.folder in _owned_here:
            raise FolderInUse(self.folder, os.getpid())
        lock = os.open(self.folder / "owner.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        until = time.monotonic() + DYING_SECONDS
        while True:
            try:
                fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if time.monotonic() > until:
                    os.close(lock)
                    note = read_note(self.folder)
                    living = note is not None and note.is_alive()
                    raise FolderInUse(self.folder, note.pid if note and living else None) from None
                time.sleep(0.05)
        self._lock = lock
        _owned_here.add(self.folder)
        predecessor = read_note(self.folder)
        self.leave_note()
        return predecessor

    def leave_note(self, run_folder: str = "", dsn: str = "") -> None:
        """Tell others who owns the folder, and where its server listens."""
        note = Note(os.getpid(), born(os.getpid()), run_folder, dsn)
        fresh = self._note.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(note))
        fresh.replace(self._note)

    def give_back(self) -> None:
        """Let the folder go; without effect when it is not held."""
        if self._lock < 0:
            return
        self._note.unlink(missing_ok=True)
        _owned_here.discard(self.folder)
        os.close(self._lock)
        self._lock = -1


def read_note(folder: Path) -> Note | None:
    """What the owner left to read; None where there is nothing that can be read."""
    with suppress(FileNotFoundError, NotADirectoryError, PermissionError, msgspec.DecodeError):
        return msgspec.json.decode((folder / "owner.json").read_bytes(), type=Note)
    return None


def born(pid: int) -> str:
    """When the process began, in the kernel's ticks since boot; empty when it no longer lives."""
    try:
        # The name before the last bracket may itself hold blanks and brackets.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    state, started = fields[0], fields[19]
    return "" if state in "ZX" else started


def at_work_in(folder: Path) -> list[int]:
    """The processes that stand in the folder: PostgreSQL's all move into their data."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if (entry / "cwd").readlink() == folder:
                    found.append(int(entry.name))
    return found
