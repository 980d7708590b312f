"""A migration that landed is not edited: a database that took it would never see the change."""

from hashlib import sha256

from tests.conftest import ROOT

LANDED = {
    "0001_log.sql": "1f8045223cacea29",
    "0002_api_keys.sql": "36402a122d58935f",
    "0003_webhooks.sql": "ab2612cf58a14590",
    "0004_page_key.sql": "a08dac08aa2c342e",
    "0005_notice_read.sql": "677f06b8944b0135",
    "0006_projections.sql": "cdcf9f43054c1688",
    "0007_disputes.sql": "76e10670ef0016b7",
    "0008_cases.sql": "9635129a0a96c824",
    "0009_proof.sql": "b3af3e1617435074",
    "0010_erasure.sql": "2b2dbb8cc6542102",
    "0012_sensitive_reads.sql": "8f8e20c74c4b3083",
    "0013_inbox.sql": "735d3358478b7361",
    "0014_workers.sql": "f94c5efa067c138e",
    "0015_console_sessions.sql": "6566fe0f10b7031d",
    "0016_reads_as_facts.sql": "934d5f1fcdafa1c8",
}
"""The beginnings of the SHA-256 of each; a change of the schema is a further migration."""


def test_a_migration_that_landed_stays_as_it_is() -> None:
    folder = ROOT / "projections" / "migrations"
    found = {path.name: sha256(path.read_bytes()).hexdigest()[:16] for path in folder.glob("*.sql")}
    assert found == LANDED
