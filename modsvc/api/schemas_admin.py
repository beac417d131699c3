"""The wire format of `/v1/admin`: policies and webhooks."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from modsvc.api.schemas import WHOLE, WRITTEN, Answer, Request
from modsvc.api.schemas_content import Community
from modsvc.ingest.backtest import DEFAULT_LIMIT
from modsvc.store.outbox import Kind
from modsvc.webhooks.target import MAX_URL_CHARS


class PolicyDraft(Request):
    """A new policy document."""

    document: str = Field(description="YAML as docs/settings.md describes it; JSON is YAML too.")
    note: Annotated[str, Field(max_length=1000)] = Field(
        default="", description="Why, for those who read it later."
    )


class PolicySummary(Answer):
    """A policy version; versions never change, their state does."""

    version: str
    state: Literal["draft", "active", "retired"]
    author: str
    note: str
    sha256: str
    created_at: str
    activated_at: str | None


class PolicyFull(PolicySummary):
    """A policy version with its document, as it was written."""

    document: str


class PolicyList(Answer):
    """All versions, the newest first."""

    policies: list[PolicySummary]


class PolicyChange(Answer):
    """One difference; null where that version says nothing there."""

    at: str = Field(examples=["thresholds.misogyny.es.review"])
    before: str | float | None
    after: str | float | None


class PolicyDiff(Answer):
    """What `after` says otherwise than `before`."""

    before: str
    after: str
    changes: list[PolicyChange]


class BacktestRequest(Request):
    """Which stored decisions to judge again, the newest first."""

    since: Annotated[AwareDatetime, Field(strict=False), WRITTEN] | None = None
    limit: Annotated[int, Field(ge=1, le=1_000_000), WHOLE] = DEFAULT_LIMIT


class BacktestExample(Answer):
    """A content whose action would be another."""

    id: str
    community: str
    version: int
    before: str
    after: str


class BacktestEffect(Answer):
    """What would change among the decisions of one language."""

    decisions: int
    changed: int
    without_text: int = Field(description="Erased, so that its terms could not be looked for.")
    changes: dict[str, int] = Field(examples=[{"review → allow": 12}])
    examples: list[BacktestExample] = Field(description="At most five of each change.")


class BacktestAnswer(Answer):
    """The effect of a policy on stored decisions."""

    version: str
    decisions: int
    changed: int
    by_language: dict[str, BacktestEffect]


class WebhookDraft(Request):
    """Whom to tell of what."""

    url: Annotated[str, Field(max_length=MAX_URL_CHARS, pattern=r"^https?://[!-~]+$")] = Field(
        description="https://host/path, of a public host unless MODSVC_WEBHOOK_ALLOW_PRIVATE.",
        examples=["https://forum.example/modsvc"],
    )
    community: Community = ""
    events: Annotated[list[Kind], Field(min_length=1)]


class WebhookSummary(Answer):
    """A webhook, without its secret."""

    id: str
    url: str
    community: str
    events: list[str]
    created_at: str


class WebhookMade(WebhookSummary):
    """A new webhook. Keep the secret: it is not shown again."""

    secret: str


class WebhookList(Answer):
    """All webhooks, the first one first."""

    webhooks: list[WebhookSummary]


class Message(Answer):
    """A message to a webhook. `next_attempt_at` is null once it is delivered or given up."""

    id: str
    kind: str
    attempts: int
    created_at: str
    next_attempt_at: str | None
    delivered_at: str | None
    last_error: str
    payload: dict[str, Any]


class MessageList(Answer):
    """The newest messages of a webhook, the newest first."""

    messages: list[Message]
