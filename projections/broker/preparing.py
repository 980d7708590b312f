"""Makes the topics that are missing, and says how those that are there differ from ours."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from kafka import KafkaAdminClient
from kafka import errors as failed
from kafka.admin import ConfigResource, ConfigResourceType

from projections.broker.address import Address
from projections.broker.client import BrokerFailure
from projections.broker.topics import LARGEST_MESSAGE, TOPICS, Topic
from projections.broker.with_kafka_python.connecting import entering, not_entered

COPIES: Final = 3
"""Of each message, where there are as many brokers."""
_OF_THREE: Final = {"min.insync.replicas": "2"}
"""A message counts as sent when two brokers have it: one may be lost or be restarted."""


def ensure_topics(address: Address, topics: Sequence[Topic] = TOPICS) -> list[str]:
    """Make the missing topics, and tell in sentences where the others are not as they should be.

    A topic that is there is never changed: its operator may have had reasons. Raises
    `BrokerAway`, or `BrokerFailure` where this client may not make topics.
    """
    with _admin(address) as admin:
        seen = _seen(admin, address, topics)
        if seen.missing:
            named = {address.prefix + each.name: each for each in topics}
            missing = {name: named[name] for name in seen.missing}
            _make(admin, missing, min(COPIES, seen.brokers))
        return seen.differences


class Seen(NamedTuple):
    """What stands there, and what does not."""

    brokers: int
    missing: list[str]
    differences: list[str]
    """In sentences."""


def see_topics(address: Address, topics: Sequence[Topic] = TOPICS) -> Seen:
    """Look, and change nothing. Raises as `ensure_topics`."""
    with _admin(address) as admin:
        return _seen(admin, address, topics)


@contextmanager
def _admin(address: Address) -> Generator[Any]:
    try:
        with entering(address) as way:
            admin = KafkaAdminClient(**way)
        try:
            yield admin
        finally:
            admin.close()
    except failed.KafkaError as problem:
        raise not_entered(problem, address) from problem


def _seen(admin: Any, address: Address, topics: Sequence[Topic]) -> Seen:
    brokers = len(admin.describe_cluster()["brokers"])
    wanted = {address.prefix + each.name: each for each in topics}
    there = set(admin.list_topics())
    standing = {name: topic for name, topic in wanted.items() if name in there}
    missing = [name for name in wanted if name not in there]
    return Seen(brokers, missing, _differences(admin, standing, min(COPIES, brokers)))


def settings_of(topic: Topic, copies: int) -> dict[str, str]:
    """What the topic is made with, where each message has that many copies."""
    return {**topic.settings, **(_OF_THREE if copies >= COPIES else {})}


def _make(admin: Any, topics: Mapping[str, Topic], copies: int) -> None:
    asked = {
        name: {
            "num_partitions": topic.partitions,
            "replication_factor": copies,
            "configs": settings_of(topic, copies),
        }
        for name, topic in topics.items()
    }
    made = admin.create_topics(asked, raise_errors=False)
    for topic in made["topics"]:
        # Another process may have made it in the same moment.
        if topic["error_code"] not in (0, failed.TopicAlreadyExistsError.errno):
            raise BrokerFailure(
                f"The topic {topic['name']} cannot be made: {topic['error_message']}. Let this "
                "client make topics, or make it by hand."
            )
    admin.wait_for_topics(list(asked))


def _differences(admin: Any, topics: Mapping[str, Topic], copies: int) -> list[str]:
    if not topics:
        return []
    found: list[str] = []
    for seen in admin.describe_topics(list(topics)):
        topic, partitions = topics[seen["name"]], seen["partitions"]
        if not partitions:
            continue  # made or taken away in this moment
        if len(partitions) != topic.partitions:
            found.append(
                f"The topic {seen['name']} has {len(partitions)} partitions, not "
                f"{topic.partitions}: a seller's messages go where its key leads among "
                f"{len(partitions)}, so leave the number as it is while messages are there."
            )
        fewest = min(len(each["replica_nodes"]) for each in partitions)
        if fewest < copies:
            found.append(
                f"The topic {seen['name']} keeps {fewest} copies of a message where {copies} "
                "brokers could: reassign its partitions."
            )
    return found + _other_settings(admin, topics, copies)


def _other_settings(admin: Any, topics: Mapping[str, Topic], copies: int) -> list[str]:
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in topics]
    described = admin.describe_configs(asked, config_filter="all")
    # Of a topic whose settings this client may not see nothing is told, and no error either.
    settings = {name: found for name, found in next(iter(described.values())).items() if found}
    unseen = [
        f"The settings of the topic {name} cannot be seen: let this client describe them "
        "(DescribeConfigs), or see to them by hand."
        for name in topics
        if name not in settings
    ]
    narrow = [
        f"The topic {name} has max.message.bytes={most}: a message of more would hold up all "
        f"others, so let it take {LARGEST_MESSAGE:,} bytes or more."
        for name, found in settings.items()
        if int(most := found["max.message.bytes"]["value"]) < LARGEST_MESSAGE
    ]
    differing = [
        f"The topic {name} has {key}={now}, not {value}: change it there (kafka-configs.sh) "
        "if that was not meant."
        for name, found in settings.items()
        for key, value in settings_of(topics[name], copies).items()
        if (now := found[key]["value"]) != value
    ]
    return unseen + narrow + differing
