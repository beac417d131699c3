"""Webhooks: telling platforms what was decided. In: the outbox. Out: signed HTTP requests."""
