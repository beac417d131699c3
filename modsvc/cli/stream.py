"""`modsvc stream`: a worker that reads texts from a topic and publishes decisions to another.

In: options over settings. Out: the end with 0 after SIGTERM or Ctrl-C, when what was begun is
finished; with 1 where the broker or the service cannot be used; a second signal ends it at once.
The work is done by `modsvc.streams`, imported inside so that `--help` answers at once.
"""

import asyncio
import signal
from typing import TYPE_CHECKING, Annotated, Final

import typer

from modsvc.cli.common import ModelOption, explained, settings_or_exit
from modsvc.settings import Settings

if TYPE_CHECKING:
    from modsvc.api.deps import Service

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


def stream(
    broker: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="nats://host:4222 or kafka://host:9092; with a password use the variable "
            "[MODSVC_STREAM_BROKER].",
        ),
    ] = None,
    texts: Annotated[
        str | None,
        typer.Option("--in", metavar="TOPIC", help="Where texts come from [MODSVC_STREAM_IN]."),
    ] = None,
    decisions: Annotated[
        str | None,
        typer.Option("--out", metavar="TOPIC", help="Where decisions go [MODSVC_STREAM_OUT]."),
    ] = None,
    dead: Annotated[
        str | None,
        typer.Option(
            metavar="TOPIC", help="Where unreadable messages go [MODSVC_STREAM_DEAD, IN.dead]."
        ),
    ] = None,
    group: Annotated[
        str | None,
        typer.Option(help="Workers of one group share the messages [MODSVC_STREAM_GROUP]."),
    ] = None,
    model: ModelOption = None,
) -> None:
    """Decide on the texts of a topic until stopped."""
    settings = settings_or_exit(
        stream_broker=broker,
        stream_in=texts,
        stream_out=decisions,
        stream_dead=dead,
        stream_group=group,
        model_dir=model,
    )
    with explained():
        run(settings)


def run(settings: Settings) -> None:
    """Work until a signal ends it. Raises ModsvcError: what is missing or cannot be used."""
    from modsvc.api.deps import Service
    from modsvc.cli.reloading import reload_on_hangup
    from modsvc.rollout.memory import give_back
    from modsvc.streams.topics import place_of, topics_of
    from modsvc.telemetry import Metrics, configure_logging

    # What is missing is said before a model is loaded.
    place_of(settings), topics_of(settings)
    configure_logging(settings.log_level)
    service = Service.open(settings, Metrics())
    reload_on_hangup(service.swaps)
    give_back()
    asyncio.run(_work(service))


async def _work(service: "Service") -> None:
    from modsvc.cli.stopping import die_by, end_within
    from modsvc.streams.stopping import Stopping
    from modsvc.streams.worker import work

    stopping = Stopping()
    loop = asyncio.get_running_loop()

    def begin(number: int) -> None:
        if stopping.begun:
            # What was not acknowledged comes to another worker.
            die_by(number)
        stopping.begin()
        end_within(service.settings.grace_s)

    for one in _SIGNALS:
        loop.add_signal_handler(one, begin, one)
    await work(service, stopping)
