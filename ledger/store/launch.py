"""Becomes a PostgreSQL program that stops with its owner. Run as a script, never imported.

    launch.py OWNER_PID IDENTITY PROGRAM ARGUMENT…

IDENTITY says as whom: `self`, `namespace` (root, seen as uid 1000 in a user namespace of its own)
or a `uid:gid` to become. PostgreSQL refuses to run as uid 0; in a namespace root keeps owning the
files without being root to PostgreSQL, so that nothing has to change its owner.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
SEEN_AS = 1000


def enter_namespace(libc: ctypes.CDLL) -> None:
    """Appear as a user who is not root, in a user namespace of this process alone."""
    if libc.unshare(CLONE_NEWUSER):
        raise OSError(ctypes.get_errno(), "no user namespace")
    # The kernel wants `setgroups` denied before an unprivileged gid_map is written.
    for file, content in (
        ("setgroups", "deny"),
        ("uid_map", f"{SEEN_AS} 0 1"),
        ("gid_map", f"{SEEN_AS} 0 1"),
    ):
        Path("/proc/self", file).write_text(content)


def become(identity: str, libc: ctypes.CDLL) -> None:
    """Take on an identity that PostgreSQL accepts: `self`, `namespace`, or `uid:gid`."""
    if identity == "namespace":
        enter_namespace(libc)
    elif identity != "self":
        uid, gid = (int(part) for part in identity.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)


def main(owner: int, identity: str, program: list[str]) -> None:
    """Turn into `program`, which ends when the owner does."""
    libc = ctypes.CDLL(None, use_errno=True)
    become(identity, libc)
    # After `become`, since a change of identity clears it. SIGINT is PostgreSQL's fast shutdown.
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT)
    if os.getppid() != owner:
        sys.exit("the owner was gone before its PostgreSQL began")
    os.execv(program[0], program)  # noqa: S606 - our own list, no shell


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]), sys.argv[2], sys.argv[3:])
    except OSError as problem:
        sys.exit(f"{sys.argv[2]}: {problem}")
