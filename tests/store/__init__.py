"""Tests of the store: every one of them on SQLite and on PostgreSQL."""
