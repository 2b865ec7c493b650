"""Rows: engine, tables, statements, migrations; domain objects in and out."""
