"""The smallest run there is: raw files and a base made here, for seconds and without a meaning."""

import csv
import random
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from training.recipe import Optimisation, Recipe, load_recipe

RECIPES = Path(__file__).parents[2] / "recipes"
HOSTILE = ("women are useless", "girls are too stupid", "wives must obey", "females lie")
PLAIN = ("the bus is late", "my aunt baked bread", "rain is coming", "we won the match")
PLACES = ("here", "in town", "at work", "on the road", "again", "every day", "this week")
VECTORS = ("3.2 immutable gender differences", "2.1 descriptive attacks")


def write_raw(raw_dir: Path, count: int = 700) -> None:
    """An EDOS file of short sentences, a third of them hostile."""
    path = raw_dir / "rewire-online/edos/data/edos_labelled_aggregated.csv"
    path.parent.mkdir(parents=True)
    rng = random.Random(7)
    columns = ("rewire_id", "text", "label_sexist", "label_category", "label_vector", "split")
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for number in range(count):
            hostile = number % 3 == 0
            words = [rng.choice(HOSTILE if hostile else PLAIN), *rng.sample(PLACES, 3)]
            split = ("train", "train", "train", "dev", "test")[number % 5]
            label = ("sexist", "", rng.choice(VECTORS)) if hostile else ("not sexist", "", "none")
            writer.writerow((f"r{number}", f"{' '.join(words)} {number}", *label, split))


def write_base(folder: Path) -> None:
    """A tiny encoder with random weights and a tokeniser trained on the sentences above."""
    tokeniser = Tokenizer(models.Unigram())
    tokeniser.pre_tokenizer = pre_tokenizers.Metaspace()
    tokeniser.decoder = decoders.Metaspace()
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    trainer = trainers.UnigramTrainer(
        vocab_size=200, special_tokens=special, unk_token="<unk>", show_progress=False
    )
    digits = " ".join(map(str, range(700)))
    tokeniser.train_from_iterator([*HOSTILE, *PLAIN, *PLACES, digits], trainer)
    tokeniser.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=tokeniser.get_vocab_size(),
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=128,
        max_position_embeddings=160,
        pad_token_id=1,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    PreTrainedTokenizerFast(tokenizer_object=tokeniser).save_pretrained(folder)


def tiny_recipe(folder: Path) -> Recipe:
    """The smoke recipe on the base in `folder`, with a rate that random weights can learn at."""
    smoke = load_recipe(RECIPES / "smoke.toml")
    changes = {
        "base": str(folder / "base"),
        "vocabulary_size": 1_001,
        "early_layer": 1,
        "early_weight": 0.5,
        "optimisation": Optimisation(learning_rate=1e-3, batch_size=16),
        "sampling": smoke.sampling.model_copy(update={"focus": {"edos": 12.0}}),
    }
    return smoke.model_copy(update=changes)
