"""Whoever may change the schema: what append-only rows are not protected from."""

from django.db.backends.base.base import BaseDatabaseWrapper


def unprotect_rows(connection: BaseDatabaseWrapper, tables: list[str]) -> None:
    """Take the triggers of append-only tables away."""
    on_table = " ON {table}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for table in tables:
            for action in ("update", "delete", "truncate"):
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{action}{on_table.format(table=table)}")
