"""Fine-tuning: trimmed base + corpus → classifier.

In: a `Classifier`, its tokeniser, the corpus and the recipe. Out: the trained
weights and a log of the loss. Word embeddings stay as they are (they are 4-bit in
the base and in the artefact alike). A checkpoint every few minutes lets a stopped
run go on where it was. Choosing thresholds is left to `training.calibrate`.
"""

import json
import time
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from modsvc.labels import LABELS
from training.adversary import Adversary
from training.batches import pad_batch, plan_batches
from training.disguise import disguise
from training.early.supervise import LowerHead
from training.examples import TrainingData, prepare
from training.loss import masked_bce, output_weights, twin_loss
from training.model import Classifier
from training.optimiser import build_optimiser, build_schedule
from training.recipe import Recipe
from training.sampling import beside_twins, draw, twin_groups

CHECKPOINT_SECONDS = 300.0
LOG_EVERY = 25


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
        self.lower = _lower_head(self.model, recipe)
        fresh = [] if self.lower is None else [*self.lower.parameters()]
        self.optimiser = build_optimiser(self.model, self.source_bias, fresh, recipe.optimisation)
        self.adversary = Adversary(self.model.encoder.embeddings, recipe.optimisation.adversarial)
        self.average = _running_mean(self.model, recipe.optimisation.average)
        self.step = 0
        self.log: list[dict[str, float]] = []

    def run(self, batches: list[NDArray[np.int64]]) -> None:
        """Train on `batches` in order; goes on after the last checkpoint when there is one."""
        schedule = build_schedule(self.optimiser, self.recipe.optimisation, len(batches))
        self._resume(schedule)
        began, first, saved, running = time.monotonic(), self.step, time.monotonic(), 0.0
        with _progress() as progress, self.lower or nullcontext():
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
        if self.average is not None:
            self.model.load_state_dict(self.average.module.state_dict())
        (self.folder / "log.jsonl").write_text("".join(json.dumps(x) + "\n" for x in self.log))
        self.model.eval().to("cpu")

    def _train_step(self, batch: NDArray[np.int64]) -> float:
        rows = torch.from_numpy(batch)
        if self.recipe.optimisation.adversarial:
            with self.adversary.watched():
                loss = self._loss(rows)
            loss.backward()
            with self.adversary.nudged():
                self._loss(rows).backward()
        else:
            loss = self._loss(rows)
            loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.optimisation.clip_norm)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=False)
        if self.average is not None:
            self.average.update_parameters(self.model)
        return float(loss.detach())

    def _loss(self, rows: Tensor) -> Tensor:
        ids, mask = pad_batch([self.data.ids[row] for row in rows.tolist()])
        mask = mask.to(self.device)
        with torch.autocast(self.device.type, dtype=self.dtype, enabled=self.dtype is not None):
            plain = self.model(ids.to(self.device), mask)
        logits = plain.float() + self.source_bias(self.data.sources[rows].to(self.device))
        targets = self.data.targets[rows].to(self.device)
        weights = self.data.weights[rows].to(self.device)
        loss = masked_bce(logits, targets, weights, self.output_weights)
        if self.recipe.loss.twins:
            groups = self.data.groups[rows].to(self.device)
            loss = loss + self.recipe.loss.twins * twin_loss(logits, targets, groups)
        if self.lower is not None:
            loss = loss + self.recipe.early_weight * self.lower.loss(mask, plain)
        return loss

    def _save(self, schedule: torch.optim.lr_scheduler.LambdaLR) -> None:
        state = {
            "step": self.step,
            "log": self.log,
            "model": self.model.state_dict(),
            "bias": self.source_bias.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "schedule": schedule.state_dict(),
            "average": None if self.average is None else self.average.state_dict(),
            "lower": None if self.lower is None else self.lower.state_dict(),
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
        if self.average is not None:
            self.average.load_state_dict(state["average"])
        if self.lower is not None:
            self.lower.load_state_dict(state["lower"])


def finetune(
    model: Classifier, tokeniser: Tokenizer, rows: pd.DataFrame, recipe: Recipe, folder: Path
) -> list[dict[str, float]]:
    """Train `model` in place on the corpus's training rows; returns the loss log."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(recipe.seed)
    set_encoder_dropout(model, recipe.optimisation.encoder_dropout)
    order = draw(rows, recipe.sampling, recipe.seed)
    order = beside_twins(order, twin_groups(rows["group"]))
    rows, order = disguise(rows, order, recipe.sampling.disguised, recipe.seed)
    # Reading takes a millisecond a text: only those that are trained on are read.
    used, order = np.unique(order, return_inverse=True)
    data = prepare(rows.iloc[used], tokeniser, recipe)
    lengths = pd.Series([len(ids) for ids in data.ids]).groupby(data.groups.numpy())
    lengths = lengths.transform("max").to_numpy(dtype=np.int64)
    batches = plan_batches(lengths, order, recipe.optimisation.batch_size, recipe.seed)
    trainer = Trainer(model, data, recipe, folder)
    trainer.run(batches)
    (folder / "checkpoint.pt").unlink(missing_ok=True)
    return trainer.log


def _lower_head(model: Classifier, recipe: Recipe) -> LowerHead | None:
    """What listens after the recipe's early layer, on the model's device; None without one."""
    if not recipe.early_layer or not recipe.early_weight:
        return None
    return LowerHead(model, recipe.early_layer).to(next(model.parameters()).device)


def _running_mean(model: Classifier, memory: float) -> AveragedModel | None:
    """The running mean of the weights with this memory a step; None when there is to be none."""
    if not memory:
        return None
    return AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(memory))


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
