"""A busy hour at a real service, and what is left of it: `python -m eval load`.

A platform sends texts at a fixed rate, two people review, a receiver is told; on request the
service is killed again and again. Afterwards the database is read past the service's own code.
"""
