"""Connects to the database of a source, of whichever kind it is: PostgreSQL, or MySQL and MariaDB.

The databases that can be read are those named here. What a session can do is `session`'s.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from pipeline.config.settings import secret
from pipeline.config.source import DatabaseSource
from pipeline.sources.databases import mysql, postgres
from pipeline.sources.databases.session import Session


def connect(name: str, source: DatabaseSource) -> AbstractContextManager[Session]:
    """A session on the source's database. Raises ConfigError without its URL, else Lost."""
    url = secret(source.url_env)
    if source.type == "postgresql":
        return postgres.session(name, url, source)
    return mysql.session(name, url, source)
