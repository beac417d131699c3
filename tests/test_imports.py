"""The import directions of `.importlinter` hold, and the service stays light."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_rooms_import_downwards_only() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


def test_the_service_starts_without_the_training_libraries() -> None:
    code = (
        "import sys; import modsvc.app, modsvc.cli.score_files;"
        "print({'torch', 'transformers', 'pyarrow', 'pandas'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


def test_ray_is_for_backlogs_alone() -> None:
    code = (
        "import sys; import modsvc.app, modsvc.cli.main, modsvc.cli.score, modsvc.backlog.run;"
        "print({'ray', 'pyarrow', 'fsspec', 's3fs'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


def test_brokers_are_for_streams_alone() -> None:
    code = (
        "import sys; import modsvc.app, modsvc.cli.main, modsvc.cli.stream, modsvc.streams.worker;"
        "print({'faststream', 'nats', 'aiokafka'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
