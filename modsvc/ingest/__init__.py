"""Ingest: content → score → decide → store → outbox, and the policy that all of it is under."""
