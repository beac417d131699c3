"""The wire format of `/v1/admin/model`."""

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from modsvc.api.schemas import Answer, Request, never_null

ModelPath = Annotated[
    str,
    Field(
        min_length=1,
        max_length=1024,
        description="A model's folder, relative to MODSVC_MODELS_ROOT.",
        examples=["open-2"],
    ),
]


class ShadowDraft(Request):
    """A model that is to score a share of the texts beside the one that answers."""

    path: ModelPath
    share: Annotated[float, Field(strict=False, ge=0, le=1)] | None = Field(
        default=None, description="Of all texts; MODSVC_SHADOW_SHARE without."
    )


def _one(schema: dict[str, Any]) -> None:
    schema |= {"minProperties": 1, "maxProperties": 1}
    never_null(schema, "path", "rollback")


class ModelChange(Request):
    """Exactly one of them. `shadow: null` lets the shadow go."""

    model_config = ConfigDict(json_schema_extra=_one)

    path: ModelPath | None = None
    rollback: Literal[True] | None = None
    shadow: ShadowDraft | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        asked = self.model_fields_set
        meant = len(asked) == 1 and (asked == {"shadow"} or getattr(self, *asked) is not None)
        if not meant:
            raise ValueError("send one of path, rollback and shadow")
        return self


class ModelNow(Answer):
    """A model that is loaded, or was; `by` is a key's id, an operator or `system`."""

    version: str
    folder: str
    since: str
    by: str


class ModelBefore(ModelNow):
    """The model that answered before."""

    kept_until: str | None = Field(
        description="Until when it is kept and may come back at once; null when it is freed."
    )


class ModelFailed(Answer):
    """The last change that did not come about, or did not last."""

    folder: str
    at: str
    by: str
    reason: str


class ShadowEffect(Answer):
    """What the shadow would have decided otherwise, of the texts of one language."""

    texts: int
    same: int = Field(description="With the same action.")
    more: int = Field(description="Flagged by the shadow alone.")
    fewer: int = Field(description="Flagged by the model that answers alone.")
    other: int = Field(description="Flagged by both, with another action.")
    mean_difference: float = Field(description="The mean of |shadow - active| of the probability.")
    histogram: list[int] = Field(
        description="Texts by shadow - active of the probability, in 20 equal bins of [-1, 1]."
    )


class ModelShadow(ModelNow):
    """The model in the shadow; `by_language` is of all processes, the rest of this one."""

    share: float
    waiting: int
    dropped: int = Field(description="Texts of the sample that it had no time for.")
    failed: int
    by_language: dict[str, ShadowEffect]


class ModelAnswer(Answer):
    """Which models this process has."""

    active: ModelNow
    previous: ModelBefore | None
    shadow: ModelShadow | None
    failed: ModelFailed | None
