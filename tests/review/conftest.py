"""A desk in an empty database of each kind."""

import pytest

from modsvc.store.database import Database
from tests.review.desk import Desk


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)
