"""What the routes share: the service that the application was made with."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from starlette.requests import Request

from modsvc.api.limits.admission import Admission
from modsvc.api.security import KeyRing, is_loopback
from modsvc.engine.shared_cache import SharedCache
from modsvc.ingest.later import Later
from modsvc.ingest.policies import Policies
from modsvc.ingest.room import Room
from modsvc.ingest.service import Ingest
from modsvc.pipeline import Pipeline
from modsvc.review.practice import Practice
from modsvc.rollout.shadow import Shadow
from modsvc.rollout.swaps import Swaps
from modsvc.settings import Settings
from modsvc.store.api_keys import Allowance
from modsvc.store.database import Database
from modsvc.store.schema import prepare
from modsvc.store.writer import Writer
from modsvc.telemetry import Metrics


@dataclass(frozen=True, slots=True)
class Service:
    """One running service; kept on the application as `app.state.service`."""

    settings: Settings
    pipeline: Pipeline
    metrics: Metrics
    database: Database
    writer: Writer
    policies: Policies
    ingest: Ingest
    later: Later
    keys: KeyRing
    admission: Admission
    practice: Practice
    swaps: Swaps
    shadow: Shadow
    shared_cache: SharedCache | None

    @property
    def is_loopback(self) -> bool:
        """Bound to this machine alone."""
        return is_loopback(self.settings.host)

    @property
    def supported(self) -> list[str]:
        """Tags of the languages that the model was measured on."""
        languages = self.pipeline.artifact.manifest.languages
        return sorted(code for code, known in languages.items() if known.supported)

    @classmethod
    def open(cls, settings: Settings, metrics: Metrics) -> Self:
        """Load the model, open the database, and judge by its active policy.

        Raises ArtifactError, PolicyError, StoreUnavailable, SchemaError or ChainBroken.
        """
        admission = Admission.of(settings, metrics.requests)
        pipeline = Pipeline.load(settings, on_batch=metrics.texts.batch)
        metrics.texts.watch_queue(lambda: pipeline.queue_depth)
        database = Database.open(*settings.database_place)
        prepare(database)
        shared_cache = None
        if settings.cache_url is not None:
            shared_cache = SharedCache.open(
                settings.cache_url.get_secret_value(),
                database.keys.key_for("score cache"),
                metrics.texts.shared_cache,
            )
            pipeline.share(shared_cache)
        policies = Policies(database, pipeline)
        policies.begin(settings.policy_file)
        writer, room = Writer(database), Room(settings.max_waiting)
        metrics.upkeep.watch_waiting(lambda: room.waiting, lambda: room.oldest_s)
        return cls(
            settings=settings,
            pipeline=pipeline,
            metrics=metrics,
            database=database,
            writer=writer,
            policies=policies,
            ingest=Ingest(pipeline, writer, policies, room),
            later=Later(database, writer, pipeline, policies, room, metrics),
            keys=KeyRing(database, writer, settings.host, Allowance(settings.rate, settings.quota)),
            admission=admission,
            practice=practice_of(settings),
            swaps=Swaps(settings, pipeline, policies, writer, metrics),
            shadow=Shadow(
                pipeline,
                policies,
                writer,
                metrics.models,
                shared_weights=settings.shared_weights_dir,
            ),
            shared_cache=shared_cache,
        )


def practice_of(settings: Settings) -> Practice:
    """How the team works, as the settings say."""
    return Practice(
        lease=timedelta(minutes=settings.lease_minutes),
        second_share=settings.second_review_share,
        golden_share=settings.golden_share,
        break_after=settings.break_after,
        severe_from=settings.severe_from,
    )


def service_of(request: Request) -> Service:
    """The service that this request belongs to."""
    service: Service = request.app.state.service
    return service
