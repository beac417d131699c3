"""Fine-tuning: trimmed base + corpus → classifier.

In: a `Classifier`, its tokeniser, the corpus and the recipe. Out: the trained
weights and a log of the loss. Word embeddings stay as they are (they are 4-bit in
the base and in the artefact alike). A checkpoint every few minutes lets a stopped
run go on where it was. Choosing thresholds is left to `training.calibrate`.
"""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from tokenizers import Tokenizer
from torch import Tensor, nn

from modsvc.labels import LABELS
from training.batches import pad_batch, plan_batches
from training.disguise import disguise
from training.loss import masked_bce, output_weights
from training.model import Classifier
from training.recipe import Recipe
from training.sampling import draw

CHECKPOINT_SECONDS = 300.0
LOG_EVERY = 25


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Token ids, targets (NaN: not stated), row weights, source index; one entry per row."""

    ids: list[list[int]]
    targets: Tensor
    weights: Tensor
    sources: Tensor
    source_names: list[str]


def prepare(rows: pd.DataFrame, tokeniser: Tokenizer, recipe: Recipe) -> TrainingData:
    """Tokenise and stack the training rows."""
    tokeniser.enable_truncation(recipe.max_tokens)
    ids = [encoding.ids for encoding in tokeniser.encode_batch_fast(rows["text"].tolist())]
    tokeniser.no_truncation()
    names = sorted(rows["source"].unique())
    index = {name: at for at, name in enumerate(names)}
    return TrainingData(
        ids=ids,
        targets=torch.tensor(rows[list(LABELS)].to_numpy(dtype=np.float32, na_value=np.nan)),
        weights=torch.tensor(np.where(rows["weak"], recipe.loss.weak, 1.0), dtype=torch.float32),
        sources=torch.tensor([index[name] for name in rows["source"]]),
        source_names=names,
    )


def pick_precision(wanted: str, device: torch.device) -> torch.dtype | None:
    """The autocast type: bf16 where the hardware multiplies it, None for float32.

    A CPU without AVX-512 BF16 or AMX emulates bf16, 25 times slower than float32
    (measured on an AVX2 machine: 0.8 against 21 examples/s).
    """
    if wanted == "fp32":
        return None
    if wanted == "bf16" or device.type == "cuda":
        return torch.bfloat16
    native = torch.backends.cpu.get_cpu_capability() == "AVX512_BF16" or (
        hasattr(torch.cpu, "_is_avx512_bf16_supported") and torch.cpu._is_avx512_bf16_supported()
    )
    return torch.bfloat16 if native else None


class Trainer:
    """One pass over the drawn rows, resumable from `folder`."""

    def __init__(self, model: Classifier, data: TrainingData, recipe: Recipe, folder: Path) -> None:
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.dtype = pick_precision(recipe.optimisation.precision, self.device)
        self.model = model.to(self.device).train()
        self.model.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
        self.data, self.recipe, self.folder = data, recipe, folder
        self.source_bias = nn.Embedding(len(data.source_names), len(LABELS)).to(self.device)
        nn.init.zeros_(self.source_bias.weight)
        self.source_bias.requires_grad_(recipe.loss.source_bias)
        self.output_weights = output_weights(recipe.loss).to(self.device)
        self.optimiser = self._optimiser()
        self.step = 0
        self.log: list[dict[str, float]] = []

    def run(self, batches: list[NDArray[np.int64]]) -> None:
        """Train on `batches` in order; goes on after the last checkpoint when there is one."""
        schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimiser, lambda step: self._rate(step, len(batches))
        )
        self._resume(schedule)
        began, first, saved, running = time.monotonic(), self.step, time.monotonic(), 0.0
        with _progress() as progress:
            task = progress.add_task("finetune", total=len(batches), completed=self.step, note="")
            for batch in batches[self.step :]:
                loss = self._train_step(batch)
                schedule.step()
                self.step += 1
                running = loss if not running else 0.98 * running + 0.02 * loss
                if self.step % LOG_EVERY == 0 or self.step == len(batches):
                    speed = (self.step - first) / (time.monotonic() - began)
                    rate = schedule.get_last_lr()[0]
                    self.log.append({"step": self.step, "loss": running, "rate": float(rate)})
                    note = f"loss {running:.4f}  {speed * len(batch):.1f} rows/s"
                    progress.update(task, completed=self.step, note=note)
                if time.monotonic() - saved > CHECKPOINT_SECONDS:
                    self._save(schedule)
                    saved = time.monotonic()
        (self.folder / "log.jsonl").write_text("".join(json.dumps(x) + "\n" for x in self.log))
        self.model.eval().to("cpu")

    def _train_step(self, batch: NDArray[np.int64]) -> float:
        ids, mask = pad_batch([self.data.ids[row] for row in batch])
        rows = torch.from_numpy(batch)
        with torch.autocast(self.device.type, dtype=self.dtype, enabled=self.dtype is not None):
            logits = self.model(ids.to(self.device), mask.to(self.device))
        logits = logits.float() + self.source_bias(self.data.sources[rows].to(self.device))
        loss = masked_bce(
            logits,
            self.data.targets[rows].to(self.device),
            self.data.weights[rows].to(self.device),
            self.output_weights,
        )
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.optimisation.clip_norm)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=False)
        return float(loss.detach())

    def _optimiser(self) -> torch.optim.AdamW:
        """No decay on biases, layer norms and the head; a strong one on the source offsets."""
        settings = self.recipe.optimisation
        encoder = [p for p in self.model.encoder.parameters() if p.requires_grad]
        groups: list[dict[str, Any]] = [
            {
                "params": [p for p in encoder if p.ndim > 1],
                "weight_decay": settings.weight_decay,
            },
            {"params": [p for p in encoder if p.ndim <= 1], "weight_decay": 0.0},
            {
                "params": list(self.model.head.parameters()),
                "weight_decay": 0.0,
                "lr": settings.learning_rate * settings.head_rate,
            },
            {
                "params": list(self.source_bias.parameters()),
                "weight_decay": 1.0,
                "lr": settings.learning_rate * 30,
            },
        ]
        return torch.optim.AdamW(groups, lr=settings.learning_rate, fused=True)

    def _rate(self, step: int, total: int) -> float:
        warm = max(1, round(self.recipe.optimisation.warmup * total))
        return (step + 1) / warm if step < warm else max(0.0, (total - step) / (total - warm))

    def _save(self, schedule: torch.optim.lr_scheduler.LambdaLR) -> None:
        state = {
            "step": self.step,
            "log": self.log,
            "model": self.model.state_dict(),
            "bias": self.source_bias.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "schedule": schedule.state_dict(),
        }
        part = self.folder / "checkpoint.part"
        torch.save(state, part)
        part.replace(self.folder / "checkpoint.pt")

    def _resume(self, schedule: torch.optim.lr_scheduler.LambdaLR) -> None:
        path = self.folder / "checkpoint.pt"
        if not path.is_file():
            return
        state = torch.load(path, weights_only=True, map_location=self.device)
        self.step, self.log = state["step"], state["log"]
        self.model.load_state_dict(state["model"])
        self.source_bias.load_state_dict(state["bias"])
        self.optimiser.load_state_dict(state["optimiser"])
        schedule.load_state_dict(state["schedule"])


def finetune(
    model: Classifier, tokeniser: Tokenizer, rows: pd.DataFrame, recipe: Recipe, folder: Path
) -> list[dict[str, float]]:
    """Train `model` in place on the corpus's training rows; returns the loss log."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(recipe.seed)
    set_encoder_dropout(model, recipe.optimisation.encoder_dropout)
    order = draw(rows, recipe.sampling, recipe.seed)
    rows, order = disguise(rows, order, recipe.sampling.disguised, recipe.seed)
    data = prepare(rows, tokeniser, recipe)
    lengths = np.array([len(ids) for ids in data.ids], dtype=np.int64)
    batches = plan_batches(lengths, order, recipe.optimisation.batch_size, recipe.seed)
    trainer = Trainer(model, data, recipe, folder)
    trainer.run(batches)
    (folder / "checkpoint.pt").unlink(missing_ok=True)
    return trainer.log


def set_encoder_dropout(model: Classifier, rate: float) -> None:
    """One rate for attention and hidden states; 0 also allows the fused attention kernel."""
    for module in model.encoder.modules():
        if isinstance(module, nn.Dropout):
            module.p = rate


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
