"""Where Kafka is, from the settings; what cannot be meant is refused before anything is opened."""

from importlib.util import find_spec

from api.settings import BadSettings, Settings
from projections.broker.address import Address, Secret, Security


def kafka_address(settings: Settings) -> Address | None:
    """The cluster that the settings name, or None where they name none.

    Raises `BadSettings` when a setting asks for another that is absent, or could have no effect.
    """
    if settings.kafka_bootstrap is None:
        return None
    _refuse_half_measures(settings)
    password = settings.kafka_password
    return Address(
        settings.kafka_bootstrap,
        settings.kafka_prefix,
        settings.kafka_client,
        Security(
            settings.kafka_security,
            settings.kafka_mechanism,
            settings.kafka_username,
            Secret(password.get_secret_value()) if password else None,
            *(
                str(file) if file else None
                for file in (
                    settings.kafka_ca_file,
                    settings.kafka_certificate_file,
                    settings.kafka_key_file,
                )
            ),
        ),
    )


def _refuse_half_measures(settings: Settings) -> None:
    """Refuse a password that would not be sent, and a certificate that would not be shown."""
    if settings.kafka_client == "confluent" and find_spec("confluent_kafka") is None:
        raise BadSettings(
            "LEDGER_KAFKA_CLIENT: confluent-kafka is not installed; install "
            "seller-ledger[fast-kafka], or leave it at kafka-python."
        )
    protocol = settings.kafka_security
    named = (settings.kafka_username, settings.kafka_password)
    if protocol.startswith("SASL_") and None in named:
        raise BadSettings(
            f"LEDGER_KAFKA_SECURITY: {protocol} also asks for LEDGER_KAFKA_USERNAME and "
            "LEDGER_KAFKA_PASSWORD."
        )
    if not protocol.startswith("SASL_") and any(named):
        raise BadSettings(
            f"LEDGER_KAFKA_USERNAME, LEDGER_KAFKA_PASSWORD: not used with {protocol}; set "
            "LEDGER_KAFKA_SECURITY to SASL_SSL."
        )
    files = {
        "CA_FILE": settings.kafka_ca_file,
        "CERTIFICATE_FILE": settings.kafka_certificate_file,
        "KEY_FILE": settings.kafka_key_file,
    }
    given = [f"LEDGER_KAFKA_{name}" for name, file in files.items() if file is not None]
    if given and not protocol.endswith("SSL"):
        raise BadSettings(
            f"{', '.join(given)}: not used with {protocol}; set LEDGER_KAFKA_SECURITY to SSL or "
            "SASL_SSL."
        )
    missing = [
        f"LEDGER_KAFKA_{name}" for name, file in files.items() if file and not file.is_file()
    ]
    if missing:
        raise BadSettings(f"{', '.join(missing)}: no such file; a PEM file is expected.")
    if (settings.kafka_certificate_file is None) != (settings.kafka_key_file is None):
        raise BadSettings(
            "LEDGER_KAFKA_CERTIFICATE_FILE, LEDGER_KAFKA_KEY_FILE: one is of no use without the "
            "other."
        )
