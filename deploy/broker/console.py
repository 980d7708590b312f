"""Reading topics and writing to them with the console programs that Apache Kafka brings."""

import os
import sys
from typing import Final, NoReturn

from deploy.broker.programs import jars, java

READ_WAIT_S: Final = 5
"""A topic was read to its end when nothing more has come for so long."""
_READER: Final = "org.apache.kafka.tools.consumer.ConsoleConsumer"
_WRITER: Final = "org.apache.kafka.tools.ConsoleProducer"
# It ends where nothing more comes, and would print a stack trace about that.
_LOGS: Final = (
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    f"-Dorg.slf4j.simpleLogger.log.{_READER}=off",
)


def reading(bootstrap: str, topic: str, wait_s: int = READ_WAIT_S) -> list[str]:
    """The command that prints what is committed on the topic, oldest first in each partition:
    headers, key and value with tabs between them, one message a line. Raises `CannotRun`.
    """
    shown = (f"--formatter-property=print.{each}=true" for each in ("headers", "key"))
    return _java(
        _READER, "--bootstrap-server", bootstrap, "--topic", topic, "--from-beginning",
        "--isolation-level", "read_committed", "--command-property", "group.protocol=consumer",
        "--timeout-ms", str(wait_s * 1000), *shown,
    )  # fmt: skip


def writing(bootstrap: str, topic: str) -> list[str]:
    """The command that sends each line of the standard input: a key, a blank, a value. Raises
    `CannotRun`.
    """
    return _java(
        _WRITER, "--bootstrap-server", bootstrap, "--topic", topic,
        "--reader-property", "parse.key=true", "--reader-property", "key.separator= ",
    )  # fmt: skip


def become(command: list[str]) -> NoReturn:
    """Go on as that program: its input, output and end are ours."""
    sys.stdout.flush()
    os.execv(command[0], command)  # noqa: S606 - our own list, no shell


def _java(program: str, *arguments: str) -> list[str]:
    quick = ("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
    return [str(java()), *quick, *_LOGS, "-cp", f"{jars()}/*", program, *arguments]
