"""Tests of the review: every one that touches a database runs on SQLite and on PostgreSQL."""
