"""What is deployed names only what there is: commands, options, settings, files, numbers of copies.

No container is run here: docs/kafka.md says so.
"""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from api.cli import app
from api.settings import Settings
from projections.broker.preparing import COPIES

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
COMPOSED = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
SERVICES = COMPOSED["services"]
OURS = sorted(name for name, each in SERVICES.items() if each["image"] == "seller-ledger")
BROKERS = sorted(name for name in SERVICES if name.startswith("kafka-"))


def parsed(words: list[str]) -> None:
    """Take words as the program would, without doing anything."""
    command: Any = get_command(app)
    while hasattr(command, "commands"):
        command, words = command.commands[words[0]], words[1:]
    command.make_context(command.name, list(words))


@pytest.mark.parametrize("name", OURS)
def test_a_service_of_ours_runs_a_command_with_settings_that_there_are(name: str) -> None:
    service = SERVICES[name]
    parsed(service["command"])
    known = {f"LEDGER_{field.upper()}" for field in Settings.model_fields}
    assert set(service["environment"]) <= known
    assert service["read_only"] and service["cap_drop"] == ["ALL"]
    assert {volume.partition(":")[0] for volume in service["volumes"]} <= set(COMPOSED["volumes"])


def test_every_worker_has_a_service_and_the_server_leaves_the_work_to_them() -> None:
    worker: Any = get_command(app).commands["worker"]  # pyright: ignore[reportAttributeAccessIssue]
    served = [SERVICES[name]["command"] for name in OURS if name != "api"]
    assert sorted(served) == sorted(["worker", name] for name in worker.commands)
    assert "--no-workers" in SERVICES["api"]["command"]


def test_the_image_is_built_by_one_service_and_fetched_by_none() -> None:
    # Compose builds services side by side: several builds of one name get into each other's way.
    assert [name for name in OURS if "build" in SERVICES[name]] == ["api"]
    policies = {name: SERVICES[name]["pull_policy"] for name in OURS}
    assert policies == {name: "build" if name == "api" else "never" for name in OURS}


def test_the_brokers_know_one_another_and_everybody_knows_them() -> None:
    assert len(BROKERS) == COPIES
    bootstrap = ",".join(f"{name}:9092" for name in BROKERS)
    assert {SERVICES[name]["environment"]["LEDGER_KAFKA_BOOTSTRAP"] for name in OURS} == {bootstrap}
    voters = ",".join(f"{n}@{name}:9093" for n, name in enumerate(BROKERS, 1))
    for number, name in enumerate(BROKERS, 1):
        told = SERVICES[name]["environment"]
        assert told["KAFKA_NODE_ID"] == str(number)
        assert told["KAFKA_ADVERTISED_LISTENERS"] == f"PLAINTEXT://{name}:9092"
        assert told["KAFKA_CONTROLLER_QUORUM_VOTERS"] == voters
    assert {SERVICES[name]["image"] for name in BROKERS} == {f"apache/kafka:{kafka_tried()}"}


def kafka_tried() -> str:
    """The version that the tests run against."""
    pom = (ROOT / "deploy" / "broker" / "pom.xml").read_text()
    return re.findall(r"<artifactId>kafka_2\.13</artifactId>\s*<version>([\d.]+)<", pom)[0]


def test_the_image_is_made_of_what_is_there_and_runs_as_nobody_in_particular() -> None:
    copied = re.findall(r"^COPY (?!--from)(\S+) ", DOCKERFILE, re.MULTILINE)
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert ignored == ["*", *(f"!{name}" for name in sorted(copied))]
    assert (ROOT / "requirements-run.lock").is_file()
    assert "--require-hashes -r requirements-run.lock" in DOCKERFILE
    assert re.search(r"^USER (?!0|root)\d+:\d+$", DOCKERFILE, re.MULTILINE)
    words = re.findall(r"^CMD \[(.*)\]$", DOCKERFILE, re.MULTILINE)[0]
    parsed(re.findall(r'"([^"]+)"', words))
    named = set(re.findall(r"\bLEDGER_[A-Z_]+", DOCKERFILE))
    assert named <= {f"LEDGER_{field.upper()}" for field in Settings.model_fields}
