"""The environment: what is read, what is refused, and what is never shown."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from api.kafka import kafka_address
from api.settings import (
    BadSettings,
    Settings,
    read_settings,
    refuse_open_doors,
    scopes_of_topics,
)
from projections.broker.address import Address


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [name for name in os.environ if name.upper().startswith("LEDGER_")]:
        monkeypatch.delenv(name)


def test_absent_settings_mean_what_the_contract_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/somewhere")
    monkeypatch.setattr("sys.platform", "linux")
    settings = read_settings()
    assert settings.database_url is None
    assert settings.kafka_bootstrap is None
    assert (settings.policy, settings.auth, settings.clock) == ("aliexpress", "keys", "system")
    assert settings.data_dir == Path("/somewhere/seller-ledger")
    assert settings.checkpoint_seconds == 1
    assert (settings.console_address, settings.openid_issuer) == (None, None)
    assert (settings.openid_subject_claim, settings.openid_asks_for) == ("sub", "openid")


def test_an_empty_setting_is_an_absent_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEDGER_DATABASE_URL", "")
    assert read_settings().database_url is None


def test_the_command_line_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEDGER_DATA_DIR", "/from/environment")
    assert read_settings(data_dir=None).data_dir == Path("/from/environment")
    assert read_settings(data_dir=Path("/given")).data_dir == Path("/given")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("LEDGER_DATABSE_URL", "did you mean LEDGER_DATABASE_URL"),
        ("ledger_auth", "did you mean LEDGER_AUTH"),
        ("LEDGER_XYZZY", "known are LEDGER_AUTH"),
    ],
)
def test_an_unknown_name_is_refused_with_the_near_ones(
    monkeypatch: pytest.MonkeyPatch, name: str, meant: str
) -> None:
    monkeypatch.setenv(name, "x")
    with pytest.raises(BadSettings, match=meant):
        read_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LEDGER_AUTH", "hunter2"),
        ("LEDGER_CLOCK", "hunter2"),
        ("LEDGER_CHECKPOINT_SECONDS", "hunter2"),
        ("LEDGER_CHECKPOINT_SECONDS", "0"),
        ("LEDGER_KAFKA_CLIENT", "hunter2"),
        ("LEDGER_KAFKA_BOOTSTRAP", "hunter2"),
        ("LEDGER_KAFKA_BOOTSTRAP", "bob:hunter2@127.0.0.1:9092"),
        ("LEDGER_KAFKA_BOOTSTRAP", "127.0.0.1:99999"),
        ("LEDGER_KAFKA_SECURITY", "hunter2"),
        ("LEDGER_KAFKA_PREFIX", "hunter2 "),
        ("LEDGER_KAFKA_SCOPES", "hunter2"),
        ("LEDGER_KAFKA_SCOPES", "facts:write,hunter2"),
        ("LEDGER_DATABASE_URL", "postgresql://me:hunter2%zz@db/ledger"),
        ("LEDGER_DATABASE_URL", "host=db password=a hunter2"),
        ("LEDGER_DATABASE_URL", "postgres:me:hunter2@db/ledger"),
    ],
)
def test_a_bad_value_is_named_but_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings, match=name) as refused:
        read_settings()
    assert "hunter2" not in str(refused.value)


def test_the_databases_password_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEDGER_DATABASE_URL", "postgresql://me:hunter2@db/ledger")
    settings = read_settings()
    assert "hunter2" not in f"{settings} {settings!r} {settings.model_dump_json()}"
    assert settings.database_url is not None
    assert "hunter2" in settings.database_url.get_secret_value()


def test_a_kafka_that_is_named_has_an_address(tmp_path: Path) -> None:
    assert kafka_address(Settings()) is None
    assert kafka_address(Settings(kafka_bootstrap="a:1")) == Address("a:1")
    (tmp_path / "ca.pem").touch()
    address = kafka_address(
        Settings(
            kafka_bootstrap="a:1,b:1",
            kafka_prefix="test.",
            kafka_client="confluent",
            kafka_security="SASL_SSL",
            kafka_mechanism="PLAIN",
            kafka_username="me",
            kafka_password=SecretStr("hunter2"),
            kafka_ca_file=tmp_path / "ca.pem",
        )
    )
    assert address is not None
    assert address[:3] == ("a:1,b:1", "test.", "confluent")
    assert address.security[:3] == ("SASL_SSL", "PLAIN", "me")
    assert address.security.password == "hunter2"
    assert "hunter2" not in repr(address)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"kafka_security": "SASL_SSL"}, "also asks for LEDGER_KAFKA_USERNAME"),
        ({"kafka_password": "hunter2"}, "LEDGER_KAFKA_SECURITY to SASL_SSL"),
        ({"kafka_ca_file": "/x/ca.pem"}, "LEDGER_KAFKA_CA_FILE: not used with PLAINTEXT"),
        ({"kafka_security": "SSL", "kafka_ca_file": "/x/ca.pem"}, "CA_FILE: no such file"),
        ({"kafka_security": "SSL", "kafka_key_file": __file__}, "one is of no use without"),
    ],
)
def test_half_a_security_is_refused(given: dict[str, str], meant: str) -> None:
    with pytest.raises(BadSettings, match=meant) as refused:
        kafka_address(Settings.model_validate({"kafka_bootstrap": "a:1", **given}))
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://Ledger.example/console", "https://ledger.example/console/"),
        ("https://a.example:8443/tools/console/", "https://a.example:8443/tools/console/"),
        ("http://127.0.0.1:8080/console", "http://127.0.0.1:8080/console/"),
    ],
)
def test_the_consoles_address_is_kept_in_one_form(given: str, kept: str) -> None:
    assert Settings(console_address=given).console_address == kept


@pytest.mark.parametrize(
    "given",
    [
        "ledger.example/console", "https://ledger.example/", "https:///console",
        "https://me:hunter2@a.example/console", "https://a.example/console?x=1",
        "ftp://a.example/console",
    ],
)  # fmt: skip
def test_an_address_that_is_no_consoles_is_refused(given: str) -> None:
    with pytest.raises(BadSettings, match="LEDGER_CONSOLE_ADDRESS: input should be https") as why:
        read_settings(console_address=given)
    assert "hunter2" not in str(why.value)


def test_settings_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read_settings().auth = "off"  # type: ignore[misc]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_without_keys_the_machine_may_ask_itself(host: str) -> None:
    refuse_open_doors(Settings(auth="off"), host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.7", "no-such-host.invalid"])
def test_without_keys_nobody_else_may_ask(host: str) -> None:
    with pytest.raises(BadSettings, match="LEDGER_AUTH=off"):
        refuse_open_doors(Settings(auth="off"), "127.0.0.1", host)
    refuse_open_doors(Settings(auth="keys"), host)


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ({}, {"facts:write"}),
        ({"LEDGER_KAFKA_SCOPES": "facts:write, cases:decide"}, {"facts:write", "cases:decide"}),
        ({"LEDGER_KAFKA_SCOPES": "admin"}, {"admin"}),
        ({"LEDGER_AUTH": "off"}, {"admin"}),
        ({"LEDGER_AUTH": "off", "LEDGER_KAFKA_SCOPES": "facts:write"}, {"facts:write"}),
        ({"LEDGER_AUTH": "off", "LEDGER_KAFKA_BOOTSTRAP": "localhost:1,[::1]:2"}, {"admin"}),
        ({"LEDGER_AUTH": "off", "LEDGER_KAFKA_BOOTSTRAP": "10.0.0.1:9092"}, {"facts:write"}),
        (
            {"LEDGER_AUTH": "off", "LEDGER_KAFKA_BOOTSTRAP": "127.0.0.1:1,10.0.0.1:2"},
            {"facts:write"},
        ),
    ],
)
def test_what_the_commands_topic_is_open_to(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, str], meant: set[str]
) -> None:
    monkeypatch.setenv("LEDGER_KAFKA_BOOTSTRAP", "127.0.0.1:9092")
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    assert scopes_of_topics(read_settings()) == meant


@pytest.mark.parametrize(
    "told", ["policy:publish", "facts:write,standing:read", ",", "FACTS:WRITE"]
)
def test_a_scope_that_no_command_asks_for_is_refused(
    monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    monkeypatch.setenv("LEDGER_KAFKA_SCOPES", told)
    with pytest.raises(BadSettings, match="one or several of facts:write, cases:decide, admin"):
        read_settings()
