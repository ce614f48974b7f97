"""The database servers that tests start answer, and come back after a crash."""

import psycopg

from tests.servers import Server, mysql_connection


def test_postgres_answers_and_survives_a_crash(postgres: Server) -> None:
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    postgres.restart(crash=True)
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        assert connection.execute("SELECT one FROM kept").fetchall() == [(1,)]
        connection.execute("DROP TABLE kept")


def test_mariadb_answers_and_survives_a_crash(mariadb: Server) -> None:
    mariadb.restart(crash=True)
    with mysql_connection(mariadb) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT @@version, DATABASE()")
        version, database = cursor.fetchone()
    assert "MariaDB" in version
    assert database == "crm"
