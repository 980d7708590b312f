"""A broker that asks for TLS and a password, as managed ones do: each client enters, or is told."""

import datetime as dt
import ipaddress
import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from kafka import KafkaAdminClient
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourceType,
    UserScramCredentialUpsertion,
)

from api.doctor_kafka import of_broker
from api.inbox.consumer import GROUP, Consumer
from api.workers.work import Topics
from deploy.broker.__main__ import QUICK
from deploy.broker.cluster import Cluster, free_ports
from projections.broker.address import Address, Secret, Security
from projections.broker.client import BrokerFailure, NotAllowed
from projections.broker.messages import Message
from projections.broker.opening import open_reader, open_sender
from projections.broker.preparing import ensure_topics, see_topics
from projections.broker.topics import COMMANDS, FACTS, TOPICS
from projections.broker.with_kafka_python.connecting import entering
from tests.kafka import running
from tests.store.opened import opened

PASSWORD = "hunter2-hunter2"
CLIENTS = ("kafka-python", "confluent")


def certificate(folder: Path) -> tuple[Path, Path]:
    """A broker's key with its certificate, and the certificate alone, which signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    ).public_bytes(serialization.Encoding.PEM)
    both, alone = folder / "broker.pem", folder / "ca.pem"
    both.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed
    )
    alone.write_bytes(signed)
    return both, alone


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    """A broker whose door asks for TLS, and for a password by PLAIN or SCRAM."""
    running.or_skip()
    folder = tmp_path_factory.mktemp("guarded")
    both, alone = certificate(folder)
    (ports,) = free_ports(1, 1)
    ((_, door),) = ports.wires
    login = "org.apache.kafka.common.security"
    settings = {
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAIN:PLAINTEXT,WIRE0:SASL_SSL",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS;User:ledger",
        "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(both),
        "listener.name.wire0.plain.sasl.jaas.config": (
            f'{login}.plain.PlainLoginModule required user_ledger="{PASSWORD}";'
        ),
        "listener.name.wire0.scram-sha-512.sasl.jaas.config": (
            f"{login}.scram.ScramLoginModule required;"
        ),
    }
    cluster = Cluster(
        folder / "kafka",
        [ports._replace(wires=((door, door),))],
        leash=True,
        java_options=QUICK,
        settings=settings,
    )
    try:
        cluster.start()
        admin = KafkaAdminClient(bootstrap_servers=cluster.bootstrap)
        admin.alter_user_scram_credentials(
            [
                UserScramCredentialUpsertion(name, "SCRAM-SHA-512", PASSWORD)
                for name in ("ledger", "narrow")
            ]
        )
        admin.close()
        known = Security(
            "SASL_SSL", "SCRAM-SHA-512", "ledger", Secret(PASSWORD), ca_file=str(alone)
        )
        yield Address(cluster.through(0), security=known)
    finally:
        cluster.kill()


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
def test_who_has_the_password_enters_and_it_is_never_shown(
    guarded: Address, client: str, mechanism: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    address = guarded._replace(
        client=client,  # type: ignore[arg-type]
        prefix=f"{client}-{mechanism}.",
        security=guarded.security._replace(mechanism=mechanism),  # type: ignore[arg-type]
    )
    assert ensure_topics(address, TOPICS[:1]) == []
    sender = open_sender(address, "publisher")
    sender.send([Message(FACTS, b"s-1", b"{}")])
    sender.close()
    reader = open_reader(address, [FACTS])
    while not (seen := reader.read(1.0)):
        pass
    reader.close()
    assert [each.message.value for each in seen] == [b"{}"]
    assert PASSWORD not in caplog.text and PASSWORD not in repr(address)


@pytest.mark.parametrize("client", CLIENTS)
def test_who_has_not_is_told_so(guarded: Address, client: str) -> None:
    wrong = guarded._replace(
        client=client,  # type: ignore[arg-type]
        security=guarded.security._replace(password=Secret("another")),
    )
    for opening in (
        lambda: open_sender(wrong, "publisher"),
        lambda: open_reader(wrong, [FACTS]),
        lambda: open_reader(wrong, [FACTS], "group"),
        lambda: see_topics(wrong),
    ):
        with pytest.raises(NotAllowed, match=r"the broker refuses this client") as told:
            opening()
        assert "another" not in str(told.value)


@pytest.mark.parametrize("client", CLIENTS)
def test_a_refused_login_is_told_and_tried_again(
    guarded: Address, client: str, dsn: str, caplog: pytest.LogCaptureFixture
) -> None:
    right = guarded._replace(client=client, prefix=f"{client}-again.")  # type: ignore[arg-type]
    wrong = right._replace(security=right.security._replace(password=Secret("another")))
    ensure_topics(right, TOPICS)
    addresses = iter([wrong, right])
    threads = threading.active_count()
    with opened(dsn) as ledger:
        consumer = Consumer(ledger, lambda: open_reader(next(addresses), [COMMANDS], GROUP))
        assert consumer.step() == 0
        assert consumer.numbers().trouble.startswith("NotAllowed: the broker refuses this client")
        assert consumer.pause_s
        until = time.monotonic() + 60
        while not consumer.numbers().lag and time.monotonic() < until:
            consumer.step()
        assert consumer.numbers().trouble == ""
        consumer.close()
    assert threading.active_count() <= threads + 1, "who was refused leaves nothing behind"
    [found] = of_broker(wrong)
    assert found.verdict == "fail" and "the broker refuses this client" in found.says
    topics, stop = Topics(wrong, TOPICS), threading.Event()
    threading.Timer(1.0, stop.set).start()
    assert not topics.made(stop)
    assert (topics.trouble or "").startswith("NotAllowed: the broker refuses this client")
    assert "another" not in f"{found} {topics.trouble} {caplog.text}"


@pytest.mark.parametrize("client", CLIENTS)
def test_a_broker_that_nobody_vouches_for_is_not_entered(guarded: Address, client: str) -> None:
    distrusted = guarded._replace(
        client=client,  # type: ignore[arg-type]
        security=guarded.security._replace(ca_file=None),
    )
    with pytest.raises(BrokerFailure):
        open_sender(distrusted, "publisher")


def narrow(guarded: Address, prefix: str) -> Address:
    """A name that has the rights which docs/kafka.md asks for, where the topics are made."""
    rights = [
        (ResourceType.TOPIC, ACLOperation.READ),
        (ResourceType.TOPIC, ACLOperation.WRITE),
        (ResourceType.TRANSACTIONAL_ID, ACLOperation.WRITE),
        (ResourceType.GROUP, ACLOperation.READ),
    ]
    everywhere = ACLResourcePatternType.PREFIXED
    with entering(guarded) as way:
        admin = KafkaAdminClient(**way)
    admin.create_acls(
        [
            ACL(
                "User:narrow", "*", operation, ACLPermissionType.ALLOW,
                ResourcePattern(kind, prefix, everywhere),
            )
            for kind, operation in rights
        ]
    )  # fmt: skip
    admin.close()
    return guarded._replace(prefix=prefix, security=guarded.security._replace(username="narrow"))


@pytest.mark.parametrize("client", CLIENTS)
def test_few_rights_are_enough_where_the_topics_are_made(guarded: Address, client: str) -> None:
    prefix = f"{client}-narrow."
    address = narrow(guarded, prefix)._replace(client=client)  # type: ignore[arg-type]
    with pytest.raises(BrokerFailure, match=r"cannot be made: .* Let this client make topics"):
        ensure_topics(address, TOPICS)
    ensure_topics(guarded._replace(prefix=prefix), TOPICS)
    unseen = ensure_topics(address, TOPICS)
    assert len(unseen) == len(TOPICS)
    assert all("cannot be seen: let this client describe them" in each for each in unseen)
    assert see_topics(address).differences == unseen
    sender = open_sender(address, "publisher")
    sender.send([Message(COMMANDS, b"s-1", b"{}")])
    sender.close()
    reader = open_reader(address, [COMMANDS], GROUP)
    until = time.monotonic() + 60
    while not (seen := reader.read(1.0)):
        assert time.monotonic() < until
    reader.close()
    assert [each.message.value for each in seen] == [b"{}"]
