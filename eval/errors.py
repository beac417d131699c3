"""The one error that measuring raises on purpose; its message says what to do next."""


class EvalError(Exception):
    """The evaluation cannot be made from what was given."""
