"""What an operator writes about brokers and topics, right and wrong."""

from pathlib import Path
from typing import Any

import pytest

from modsvc.errors import InputError
from modsvc.streams.topics import Place, Topics, place_of, topics_of
from tests.api.serving import make_settings


def settings(**changes: Any) -> Any:
    """Settings of a worker; none of them is about a model that is there."""
    return make_settings(Path("nowhere"), stream_in="comments", stream_out="decisions", **changes)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("nats://one:4222", Place("nats", ("nats://one:4222",))),
        ("nats://u:p@one:4222,two:4222", Place("nats", ("nats://u:p@one:4222", "nats://two:4222"))),
        ("tls://one:4222", Place("nats", ("tls://one:4222",), tls=True)),
        ("kafka://one,two:9093", Place("kafka", ("one:9092", "two:9093"))),
        ("kafka://[::1]:9093,[::2]", Place("kafka", ("[::1]:9093", "[::2]:9092"))),
        (
            "kafka+tls://u:p%40ss@one:9092?mechanism=plain",
            Place("kafka", ("one:9092",), "u", "p@ss", True, "plain"),
        ),
    ],
)
def test_a_broker_is_named_by_its_url(url: str, place: Place) -> None:
    assert place_of(settings(stream_broker=url)) == place


@pytest.mark.parametrize(
    "url",
    [
        "amqp://hunter2@one",
        "one:9092",
        "kafka://",
        "kafka://one:hunter2",
        "kafka://u:hunter2@one?mechanism=gssapi",
        "kafka://hunter2@one:9092",
        "nats://one:4222,kafka://hunter2:9092",
        " ",
    ],
)
def test_a_url_that_is_none_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(InputError) as refused:
        place_of(settings(stream_broker=url))
    assert "hunter2" not in str(refused.value)


def test_what_is_missing_is_named() -> None:
    with pytest.raises(InputError, match="MODSVC_STREAM_BROKER"):
        place_of(settings())
    with pytest.raises(InputError, match="MODSVC_STREAM_OUT"):
        topics_of(make_settings(Path("nowhere"), stream_in="comments"))


def test_three_topics_are_three() -> None:
    assert topics_of(settings()) == Topics("comments", "decisions", "comments.dead", "modsvc")
    assert topics_of(settings(stream_dead="lost")).dead == "lost"
    with pytest.raises(InputError, match="three"):
        topics_of(settings(stream_dead="decisions"))


@pytest.mark.parametrize("name", ["comments.*", "comments.>", "a b", ".a", "a..b", ""])
def test_wildcards_are_no_topics(name: str) -> None:
    with pytest.raises(ValueError, match="stream_in"):
        make_settings(Path("nowhere"), stream_in=name)
