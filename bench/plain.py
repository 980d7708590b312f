"""The eventsourcing library by itself, which the ledger is held against."""

from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict


def plain_recorder(dsn: str) -> PostgresApplicationRecorder:
    """The library's own recorder with its own table in an empty database."""
    to = conninfo_to_dict(dsn)
    datastore = PostgresDatastore(
        dbname=str(to["dbname"]),
        host=str(to.get("host", "")),
        port=str(to.get("port", "")),
        user=str(to.get("user", "")),
        password=str(to.get("password", "")),
        originator_id_type="text",
    )
    recorder = PostgresApplicationRecorder(datastore)
    recorder.create_table()
    return recorder
