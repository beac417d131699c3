"""Writes the next migration: the difference between the tables and the steps so far."""

import sys
import tempfile
from pathlib import Path

from alembic import command

from modsvc.store.database import Database
from modsvc.store.schema import migrations, upgrade

if len(sys.argv) != 2:
    sys.exit('usage: python -m modsvc.store.migrations "What changes"')
with tempfile.TemporaryDirectory() as folder:
    database = Database.open(Path(folder))
    config = migrations()
    if any((Path(__file__).parent / "versions").glob("[0-9]*.py")):
        upgrade(database)
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.revision(config, sys.argv[1], autogenerate=True)
    database.close()
