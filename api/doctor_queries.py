"""The doctor's questions to the database."""

from typing import Final

from ledger.store.sql import queries

SQL: Final = queries("api", "doctor.sql")
