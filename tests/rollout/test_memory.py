"""What lives long is not searched for garbage again and again, and what goes is still found."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from modsvc.rollout.memory import give_back


class Model:
    """It knows itself, as models do."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_what_lives_long_is_left_alone_until_something_goes() -> None:
    model = Model()
    there = weakref.ref(model)
    give_back()
    assert gc.get_freeze_count() > 1000
    del model
    gc.collect()
    assert there() is not None
    give_back()
    assert there() is None
