"""Streams: texts come as messages of a topic, decisions go out as messages of another.

In: a broker (NATS with JetStream, Kafka, or what speaks Kafka's protocol) and the names of its
topics. Out: a decision for each text, and a letter to the dead topic for each message that is
none. What is decided and kept is left to `modsvc.ingest`, as for `POST /v1/content`. FastStream
is imported in here alone, and only by what talks to a broker.
"""
