"""`python -m tests.month`: the whole month in one command, with a picture of the dashboard.

In: how many posts, and a folder. Out: `outcome.json` and what the steps left in the folder;
exit 1 where the gate refused the challenger.
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from eval.load.service import Service
from tests.month.pictures import take
from tests.month.story import Month


def main(
    posts: Annotated[int, typer.Option(min=280, help="Posts in the month.")] = 20_000,
    seed: Annotated[int, typer.Option(help="Of posts and reviewers.")] = 1,
    folder: Annotated[Path, typer.Option(help="A folder that is not there yet.")] = Path(
        "runs/month"
    ),
    pictures: Annotated[bool, typer.Option(help="Of the desk, with chromium.")] = True,
) -> None:
    """Seed model, posts, reviewers, retraining, gate, promotion, rollback."""
    console = Console()
    if folder.exists():
        raise typer.BadParameter(f"{folder} is there already: remove it, or name another one.")

    def look(service: Service) -> None:
        if pictures:
            take(service, folder / "pictures")

    month = Month(folder, posts, seed, lambda said: console.print(said, highlight=False))
    outcome = month.live(look)
    path = folder / "outcome.json"
    path.write_text(outcome.to_text(), encoding="utf-8")
    console.print(
        f"{outcome.posts} posts, {sum(outcome.seconds.values()):.0f} s in all, written: {path}"
    )
    if not outcome.passed:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
