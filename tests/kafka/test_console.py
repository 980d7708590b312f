"""Readers and writers in another language: the Java console programs that come with Kafka."""

import json
import subprocess
import time

from deploy.broker.console import reading, writing
from projections.broker.address import Address
from projections.broker.topics import COMMANDS, FACTS, REJECTED, STANDING
from tests.api.program import program
from tests.inbox.topics import reported

WITHIN_S = 60.0


def shown(kafka: Address, *names: str) -> list[list[str]]:
    """What console consumers show of these topics, side by side: a line for each message."""
    readers = [
        subprocess.Popen(
            reading(kafka.bootstrap, kafka.prefix + name, wait_s=2),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for name in names
    ]
    return [reader.communicate(timeout=WITHIN_S)[0].splitlines() for reader in readers]


def test_java_writes_a_command_and_reads_a_fact_a_standing_and_what_was_rejected(
    dsn: str, kafka: Address
) -> None:
    settings = {"kafka_bootstrap": kafka.bootstrap, "kafka_prefix": kafka.prefix}
    with program(dsn, **settings):
        lines = b"s-1 " + reported("v-1", "s-1") + b"\ns-1 nonsense\n"
        writer = writing(kafka.bootstrap, kafka.prefix + COMMANDS)
        subprocess.run(writer, input=lines, check=True, timeout=WITHIN_S)
        until = time.monotonic() + WITHIN_S
        while not all(told := shown(kafka, FACTS, STANDING, REJECTED)):
            assert time.monotonic() < until, told
    facts, standings, rejected = told
    [fact] = [line for line in facts if "ce_type:violation-recorded.v1" in line]
    [standing] = standings
    for line in (fact, standing):
        headers, key, value = line.split("\t")
        assert "ce_specversion:1.0" in headers and "content-type:application/json" in headers
        assert key == "s-1" and isinstance(json.loads(value), dict)
    assert json.loads(standing.split("\t")[2])["buckets"][0]["value"] > 0
    [problem] = rejected
    assert "malformed-body" in problem and problem.endswith("\ts-1\tnonsense")
