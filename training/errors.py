"""The one error that training raises on purpose; its message says what to do next."""


class TrainingError(Exception):
    """A stage, a download or a source cannot go on."""
