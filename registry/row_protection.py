"""Triggers that keep the rows of append-only models as they were written, whatever sends the SQL.

They are looked after by ``migrate``, each time it ends: SQLite loses them whenever Django rebuilds a
table. Whoever may change the schema can take them away; that is what signatures and logs are for.
"""

from typing import Any

from django.apps import AppConfig
from django.db import connections

from registry.append_only import AppendOnlyModel

_SQLITE = """
    CREATE TRIGGER IF NOT EXISTS {table}_no_{action} BEFORE {action} ON {table}
    BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
_POSTGRES_FUNCTION = """
    CREATE OR REPLACE FUNCTION hokusai_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$
"""
_POSTGRES = """
    CREATE OR REPLACE TRIGGER {table}_no_{action} BEFORE {action} ON {table}
    FOR EACH {level} EXECUTE FUNCTION hokusai_append_only()
"""
#: SQLite knows no TRUNCATE. REPLACE is a DELETE there, for connections with recursive_triggers, as settings ask.
_LEVELS = {"update": "ROW", "delete": "ROW", "truncate": "STATEMENT"}


def protect_rows(app_config: AppConfig, using: str, **_: Any) -> None:
    """``post_migrate`` receiver: whatever changes or deletes an append-only row is an IntegrityError."""
    connection = connections[using]
    existing = set(connection.introspection.table_names())
    tables = [t for t in append_only_tables(app_config) if t in existing]
    if not tables:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRES_FUNCTION)
        create = _POSTGRES if connection.vendor == "postgresql" else _SQLITE
        for table in tables:
            for action, level in _LEVELS.items():
                if action != "truncate" or connection.vendor == "postgresql":
                    cursor.execute(create.format(table=table, action=action, level=level))


def append_only_tables(app_config: AppConfig) -> list[str]:
    return [m._meta.db_table for m in app_config.get_models() if issubclass(m, AppendOnlyModel)]
