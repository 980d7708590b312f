"""A second process that writes to a ledger: `python writer_process.py DSN NAME REQUESTS`.

Prints a line `position recorded_at` for every acknowledged fact, as soon as it is acknowledged.
"""

import sys

from tests.store.opened import opened, system_now, violation


def main(dsn: str, name: str, requests: int) -> None:
    with opened(dsn) as ledger:
        print("ready", flush=True)
        for number in range(requests):
            seller = f"s-{number % 7}"
            answer = ledger.handle(violation(seller, f"{name}-{number}", points=0), name)
            assert ledger.reader.seller(seller).version >= answer.seller.version
            print(answer.position, system_now(), seller, answer.seller.version, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
