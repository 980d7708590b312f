"""Logs: one JSON object a line, on standard error, so that standard output stays for people."""

import logging
import sys

import structlog


def write_logs_as_json(level: int = logging.INFO) -> None:
    """Set up logging for the whole process; the command line calls it once."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
