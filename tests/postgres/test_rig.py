"""The rig itself: a new database for each test, empty, and spoken to by SQLAlchemy through psycopg 3."""

from __future__ import annotations

import sqlalchemy


def test_each_test_gets_an_empty_database(postgres_url: str) -> None:
    engine = sqlalchemy.create_engine(postgres_url)
    with engine.begin() as connection:
        assert sqlalchemy.inspect(connection).get_table_names() == []
        connection.execute(sqlalchemy.text("CREATE TABLE left_behind (id integer)"))
    engine.dispose()


def test_another_test_sees_nothing_of_it(postgres_url: str) -> None:
    engine = sqlalchemy.create_engine(postgres_url)
    assert engine.driver == "psycopg"
    with engine.connect() as connection:
        assert sqlalchemy.inspect(connection).get_table_names() == []
    engine.dispose()
