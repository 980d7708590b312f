"""A process that owns an embedded server until its input ends: what the tests kill and restart.

    server_owner.py DATA_DIR [thread]

Prints its pid, the server's pid and the DSN on one line; `thread` starts it from a passing thread.
"""

import os
import sys
import threading

from ledger.store.server import EmbeddedPostgres


def main(data_dir: str, *how: str) -> None:
    server = EmbeddedPostgres(data_dir, shared_buffers="16MB")
    if "thread" in how:
        starting = threading.Thread(target=server.start)
        starting.start()
        starting.join()
    else:
        server.start()
    print(os.getpid(), server.pid, server.dsn, flush=True)
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
