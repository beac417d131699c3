"""Every error that modsvc raises on purpose, drawn as one tree.

    ModsvcError
    ├── ArtifactError          the model folder is missing, altered or of another schema
    ├── PolicyError            the policy file is not valid
    ├── InputError             the caller sent something that cannot be scored
    │   └── InputTooLarge      ... because it is over a documented limit
    ├── Overloaded             the queue is full; try again after `retry_after_s`
    ├── DeadlineExceeded       the answer would have come too late
    └── EngineFailure          the model failed on this batch; nothing was decided

Messages say what to do next. They never contain the text that was scored.
`modsvc.api.errors` holds the one table from these to HTTP.
"""


class ModsvcError(Exception):
    """Base class of everything below."""


class ArtifactError(ModsvcError):
    """The model folder cannot be used; the message names the file and the remedy."""


class PolicyError(ModsvcError):
    """The policy file cannot be used; the message names the key and the remedy."""


class InputError(ModsvcError):
    """The caller's input cannot be scored."""


class InputTooLarge(InputError):
    """The caller's input is over a documented limit."""


class Overloaded(ModsvcError):
    """The bounded queue is full. `retry_after_s` is the estimated wait in seconds."""

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class DeadlineExceeded(ModsvcError):
    """The deadline passed before the model answered."""


class EngineFailure(ModsvcError):
    """The model failed on the batch that this text was part of."""
