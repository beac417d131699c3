"""The month itself, by the commands that people type and the API that platforms call.

In: a folder, a number of posts and a seed. Out: an `Outcome`: what every step came to, and how
long it took. Each step is a process of its own, as it would be; nothing is called past the
commands but reviewing, which the desk does by the same functions.
"""

import atexit
import json
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self, TypeVar

from eval.load.service import Service
from modsvc.store.database import Database
from tests.month import recipes, world
from tests.month.people import TEAM, Team
from tests.month.world import Post
from tests.training.tiny_run import write_base, write_raw

PASSWORD: Final = "a long enough password"

#: Texts in one request, and fresh texts of the campaign to try a model on.
_TOGETHER: Final = 100
_TRIED: Final = 100

#: The watch looks, and texts are suggested, at the end of every so many days.
_WEEK: Final = 7

#: The watch leaves decisions that are 5 seconds old for its next look.
_SETTLED_S: Final = 5.5

Say = Callable[[str], None]
T = TypeVar("T")


@dataclass
class Outcome:
    """What came of it. `seconds` are by step; shares are of fresh texts with the code word."""

    posts: int
    seconds: dict[str, float] = field(default_factory=dict)
    decided: dict[str, int] = field(default_factory=dict)
    reviewed: dict[str, int] = field(default_factory=dict)
    suggested: int = 0
    alarms: list[str] = field(default_factory=list)
    seed: str = ""
    challenger: str = ""
    passed: bool = False
    gate: str = ""
    flagged_by_seed: float = 0.0
    flagged_by_challenger: float = 0.0
    answered_by: list[str] = field(default_factory=list)

    def to_text(self) -> str:
        """All of it, as readable JSON."""
        return json.dumps(asdict(self), indent=1) + "\n"


class Month:
    """One month in one folder: its steps, in the order in which they are to be taken.

    `say` is told what the commands print. Leaving the `with` block stops the service.
    """

    def __init__(self, folder: Path, posts: int, seed: int, say: Say = print) -> None:
        self.folder = folder.resolve()
        self.outcome = Outcome(posts)
        self._seed, self._say = seed, say
        self._days = list(world.month(posts, seed))
        self._fresh = world.coded(_TRIED, seed)
        self._secret = secrets.token_hex(32)
        self._since = datetime.now(UTC)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.service = Service(
            self.folder / "models/current",
            self.folder / "data",
            None,
            settings={
                "SECRET_KEY": self._secret,
                "MODELS_ROOT": self.folder / "models",
                "REGISTRY": self.folder / "registry",
                "THREADS": 1,
            },
        )
        self._key = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *why: object) -> None:
        self.service.stop()

    def live(self, then: Callable[[Service], None] | None = None) -> Outcome:
        """All steps; `then` is called at the end, while the service still runs.

        Without a passed gate nothing is promoted. Raises EvalError, RuntimeError.
        """
        with self:
            self._timed("seed model", self.first_model)
            self._timed("start", self.start)
            self._timed("posts and reviews", self.weeks)
            self._timed("retrain", self.retrain)
            if self._timed("gate", self.gate):
                self._timed("promote", self.promote)
                self._timed("roll back", self.roll_back)
            self.service.command("db", "verify-log")
            if then is not None:
                then(self.service)
        return self.outcome

    def first_model(self) -> None:
        """Train a model on made-up sentences, and make it the first champion."""
        write_raw(self.folder / "raw")
        write_base(self.folder / "base")
        self._python("training", "run", str(recipes.write_seed(self.folder)), *self._places())
        packed = self.folder / "runs/seed/latest/pack/model"
        self.outcome.seed = self.service.command("models", "add", str(packed)).strip()
        self.service.command("models", "promote", self.outcome.seed, "--reason", "the first")
        self.service.command("models", "fetch", "champion", "--link", "current")

    def start(self) -> None:
        """Hire the team, make a key, and start the service."""
        for name, role, _ in TEAM:
            given = f"{PASSWORD}\n"
            asked = ("user", "add", name, "--role", role, "--password-stdin")
            self.service.command(*asked, given=given)
        scopes = ("--scope", "ingest", "--scope", "admin")
        self._key = self.service.command("key", "add", "month", *scopes).strip()
        # Whoever leaves in the middle, as a notebook may, leaves no service behind.
        atexit.register(self.service.stop)
        self.service.start()
        self.service.wait()

    def weeks(self) -> None:
        """Posts come in and people review; the watch learns what is usual, then looks weekly."""
        self._since = datetime.now(UTC)
        database = Database.open(self.folder / "data", self.service.database_url, self._secret)
        truth = {post.content_id: post.hostile for day in self._days for post in day}
        team = Team(database, truth, self._seed)
        usual = self.folder / "usual.json"
        for number, day in enumerate(self._days, start=1):
            self._send(day)
            if number == world.QUIET:
                self._learn(usual)
            elif usual.exists() and number % _WEEK == 0:
                self._watch(usual)
                self._suggest()
            team.work()
        self.outcome.reviewed = dict(team.did)
        self.outcome.flagged_by_seed = self._try("a")
        database.close()

    def retrain(self) -> None:
        """Take what people decided as data, and go on from the champion's weights with it."""
        reviews = self.folder / "reviews.jsonl"
        asked = ("--since", f"{self._since:%Y-%m-%d}", "--output", str(reviews))
        environment = self.service.environment
        self._say(self._python("training", "from-reviews", *asked, environment=environment))
        reviewed = len(reviews.read_text("utf-8").splitlines())
        recipe = recipes.write_retrain(self.folder, reviewed)
        asked = ("--init-from", self.outcome.seed, "--reviews", str(reviews))
        self._python("training", "run", str(recipe), *self._places(), *asked)

    def gate(self) -> bool:
        """Compare the challenger with the champion, and register it with what the gate said."""
        latest, report = self.folder / "runs/retrain/latest", self.folder / "gate"
        packed = str(latest / "pack/model")
        places = {
            "--champion": self.folder / "models" / self.outcome.seed,
            "--corpus": latest / "corpus/corpus.parquet",
            "--output": report,
            "--cache": self.folder / "cache",
            "--most": 400,
            "--resamples": 300,
        }
        asked = [str(part) for pair in places.items() for part in pair]
        done = self._run("eval", "gate", packed, *asked)
        self.outcome.gate = f"{done.stdout}{done.stderr}".strip()
        self.outcome.passed = done.returncode == 0
        self._say(self.outcome.gate)
        files = [report / name for name in ("gate.json", "gate.md")]
        kept = [part for file in files if file.exists() for part in ("--report", str(file))]
        added = self.service.command("models", "add", packed, "--parent", "champion", *kept)
        self.outcome.challenger = added.strip()
        return self.outcome.passed

    def promote(self) -> None:
        """Make the challenger the champion, and have the running service answer by it."""
        reason = ("--reason", "the month's reviews")
        self._say(self.service.command("models", "promote", self.outcome.challenger, *reason))
        self.service.command("models", "fetch", "champion", "--link", "current")
        self._answer_by({"path": self.outcome.challenger})
        self.outcome.flagged_by_challenger = self._try("b")

    def roll_back(self) -> None:
        """Go back to the champion before, in the registry and in the running service."""
        reason = ("--reason", "the end of the exercise")
        self._say(self.service.command("models", "rollback", *reason))
        self.service.command("models", "fetch", "champion", "--link", "current")
        # The model before is still loaded, for as long as the new one is on probation.
        self._answer_by({"rollback": True})

    def _send(self, posts: Sequence[Post]) -> None:
        for start in range(0, len(posts), _TOGETHER):
            for action in self._posted([_item(post) for post in posts[start : start + _TOGETHER]]):
                self.outcome.decided[action] = self.outcome.decided.get(action, 0) + 1

    def _posted(self, items: Sequence[dict[str, str]]) -> list[str]:
        """What is decided about some texts."""
        answer = self.service.post("/v1/content", {"items": items}, self._key)
        return [item["decision"]["action"] for item in answer["items"]]

    def _try(self, name: str) -> float:
        """The share of fresh posts with the code word that is flagged now."""
        items = [{**_item(post), "content_id": f"{name}{post.content_id}"} for post in self._fresh]
        actions = self._posted(items)
        return sum(action != "allow" for action in actions) / len(actions)

    def _learn(self, usual: Path) -> None:
        # The command takes whole seconds: wait until the one that is now is over.
        until = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
        time.sleep((until - datetime.now(UTC)).total_seconds())
        since = f"{self._since:%Y-%m-%dT%H:%M:%S}"
        asked = ("--since", since, "--until", f"{until:%Y-%m-%dT%H:%M:%S}", "--output", str(usual))
        self._say(self.service.command("drift", "learn", *asked))

    def _watch(self, usual: Path) -> None:
        time.sleep(_SETTLED_S)
        said = self.service.command("drift", "watch", "--once", "--reference", str(usual))
        self._say(said)
        told = [line for line in said.splitlines() if " moved from " in line]
        self.outcome.alarms += [line.partition(", clear with")[0] for line in told]

    def _suggest(self) -> None:
        limit = str(max(self.outcome.posts // 40, 20))
        said = self.service.command("queue", "suggest", "--limit", limit, "--add", "--seed", "1")
        self.outcome.suggested += int(said.strip().splitlines()[-1].split()[0])

    def _answer_by(self, which: dict[str, Any]) -> None:
        answer = self.service.post("/v1/admin/model", which, self._key)
        self.outcome.answered_by.append(answer["active"]["version"])

    def _places(self) -> tuple[str, ...]:
        return (
            *("--raw-dir", str(self.folder / "raw")),
            *("--runs-dir", str(self.folder / "runs"), "--threads", "1", "--no-track"),
        )

    def _python(self, *arguments: str, environment: dict[str, str] | None = None) -> str:
        done = self._run(*arguments, environment=environment)
        if done.returncode:
            raise RuntimeError(f"python -m {' '.join(arguments[:2])}: {done.stderr[-2000:]}")
        return done.stdout

    def _run(
        self, *arguments: str, environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )

    def _timed(self, name: str, work: Callable[[], T]) -> T:
        began = time.monotonic()
        made = work()
        self.outcome.seconds[name] = round(time.monotonic() - began, 1)
        self._say(f"{name}: {self.outcome.seconds[name]} s")
        return made


def _item(post: Post) -> dict[str, str]:
    return {
        "content_id": post.content_id,
        "text": post.text,
        "language": post.language,
        "author_id": post.author,
    }
