"""Every error that modsvc raises on purpose, drawn as one tree.

    ModsvcError
    ├── ArtifactError          the model folder is missing, altered or of another schema
    ├── ModelRefused           a model failed a check before it was to answer; nothing changed
    ├── PolicyError            the policy file is not valid
    ├── InputError             the caller sent something that cannot be scored
    │   ├── InputTooLarge      ... because it is over a documented limit
    │   ├── UnsupportedEncoding ... because it is compressed
    │   └── IdempotencyMismatch ... because its key was used for another request
    ├── Unauthorised           no key was sent, or one that is not valid
    ├── Forbidden              the key is not for this
    ├── Conflict               what was asked for does not fit what is there now
    ├── TryLater               not now: try again after `retry_after_s`
    │   ├── Overloaded         ... because the queue is full
    │   ├── LimitReached       ... because the key has sent as many texts as it may
    │   └── TooAlike           ... because the key has sent nearly the same text too often
    ├── DeadlineExceeded       the answer would have come too late
    ├── EngineFailure          the model failed on this batch; nothing was decided
    ├── AccountabilityError    it cannot be stated, reported or proven as it is asked for
    ├── BrokerError            a stream's broker cannot be reached, or refuses what is needed
    ├── NotFound               what the caller names does not exist
    ├── ReviewError            a step of the review is not possible; nothing was changed
    │   ├── SignInRefused      ... because the person cannot be let in
    │   ├── NotPermitted       ... to this person, or as things stand
    │   ├── LeaseLost          ... because the item is not this person's any more
    │   ├── CapReached         ... because this person has seen enough for one day
    │   └── TooLate            ... because the time in which it was possible is over
    ├── RegistryError          the models' registry cannot be reached, or is damaged
    ├── PromotionRefused       a model is not to answer, for want of a gate that it passed
    └── StoreError             what was to be kept or read could not be
        ├── StoreUnavailable   ... because the database cannot be reached or written
        ├── SchemaError        ... because it has the schema of another version
        ├── ChainBroken        ... because the record of events was tampered with
        └── BackupError        ... because a backup cannot be made or restored

Messages say what to do next. They never contain the text that was scored.
`modsvc.api.errors` holds the one table from these to HTTP.
"""


class ModsvcError(Exception):
    """Base class of everything below."""


class ArtifactError(ModsvcError):
    """The model folder cannot be used; the message names the file and the remedy."""


class ModelRefused(ModsvcError):
    """A model did not pass the checks that come before it answers; the old one goes on.

    `check` is the one that it failed, in a word.
    """

    def __init__(self, message: str, *, check: str) -> None:
        super().__init__(message)
        self.check = check


class PolicyError(ModsvcError):
    """The policy file cannot be used; the message names the key and the remedy."""


class InputError(ModsvcError):
    """The caller's input cannot be scored."""


class InputTooLarge(InputError):
    """The caller's input is over a documented limit."""


class UnsupportedEncoding(InputError):
    """The body is compressed, or otherwise encoded."""


class IdempotencyMismatch(InputError):
    """An `Idempotency-Key` came again with another request."""


class Unauthorised(ModsvcError):
    """No API key was sent, or one that is unknown, revoked or expired."""


class Forbidden(ModsvcError):
    """The caller is known, and may not do this."""


class Conflict(ModsvcError):
    """What was asked for does not fit the present state; the message names that."""


class TryLater(ModsvcError):
    """Not now. `retry_after_s` is the wait in seconds."""

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Overloaded(TryLater):
    """The bounded queue is full; the wait is an estimate."""


class LimitReached(TryLater):
    """The key has sent as many texts in a minute or a day as it may."""


class TooAlike(TryLater):
    """The key has sent nearly this text so often that it seems to look for what passes."""


class DeadlineExceeded(ModsvcError):
    """The deadline passed before the model answered."""


class EngineFailure(ModsvcError):
    """The model failed on the batch that this text was part of."""


class AccountabilityError(ModsvcError):
    """A statement, report, evidence package or route to report cannot be made as asked for."""


class BrokerError(ModsvcError):
    """The broker of a stream cannot be used; the message says what to check."""


class NotFound(ModsvcError):
    """There is nothing of this name or id, or not for this caller."""


class ReviewError(ModsvcError):
    """A step of the review is not possible; nothing was changed."""


class SignInRefused(ReviewError):
    """The name or the password is wrong, or the account is locked or disabled."""


class NotPermitted(ReviewError):
    """This person may not do this, or nobody may as things stand."""


class LeaseLost(ReviewError):
    """Somebody else has the item by now, or it is resolved."""


class CapReached(ReviewError):
    """The person has looked at as many items today as their cap allows."""


class TooLate(ReviewError):
    """It can no longer be undone."""


class RegistryError(ModsvcError):
    """The registry of models cannot be reached, read or written, or does not hold what it did."""


class PromotionRefused(ModsvcError):
    """A version has not shown that it is no worse than the champion; nothing was changed."""


class StoreError(ModsvcError):
    """What was to be kept or read could not be."""


class StoreUnavailable(StoreError):
    """The database cannot be opened, reached or written; nothing of this was stored."""


class SchemaError(StoreError):
    """The database has the schema of another version of this program."""


class ChainBroken(StoreError):
    """The head of the event chain is missing or was tampered with; nothing is appended."""


class BackupError(StoreError):
    """A backup cannot be made or restored; the message says why."""
