"""Some pieces of the training texts in smaller pieces, as mistyped and rare words come.

In: token ids, the tokeniser and a share. Out: the same ids with that share of the pieces cut in
two, where both halves are in the vocabulary. Whoever learns from one cutting alone reads a word
that is mistyped, or whose ending is new, as something never seen. Cutting at random while
training is subword regularisation (Kudo 2018), here on the pieces found and not on the lattice,
which `tokenizers` does not give (as Hiraoka 2022, "MaxMatch-Dropout", for WordPiece).
"""

from random import Random

from tokenizers import Tokenizer

from modsvc.engine.pieces import START


class Resegmenter:
    """Cuts pieces of one tokeniser's vocabulary; the halves of each are looked up once."""

    def __init__(self, tokeniser: Tokenizer, seed: int) -> None:
        self._draw = Random(seed)
        special = tokeniser.get_added_tokens_decoder()
        self._pieces = {
            piece: at for piece, at in tokeniser.get_vocab().items() if at not in special
        }
        self._texts = {at: piece for piece, at in self._pieces.items()}
        self._halves: dict[int, list[tuple[int, int]]] = {}

    def cut(self, ids: list[int], share: float, most: int) -> list[int]:
        """`ids` with each piece cut in two with probability `share`, up to `most` ids in all."""
        room = most - len(ids)
        out: list[int] = []
        for token in ids:
            halves = self.halves(token) if room > 0 and self._draw.random() < share else []
            if halves:
                out += self._draw.choice(halves)
                room -= 1
            else:
                out.append(token)
        return out

    def halves(self, token: int) -> list[tuple[int, int]]:
        """The ways to cut a piece in two others; none for special tokens and single letters."""
        if token not in self._halves:
            text = self._texts.get(token, "")
            # The mark of a word alone is a piece of many vocabularies, and no half of a word.
            first = 2 if text.startswith(START) else 1
            cuts = [(text[:at], text[at:]) for at in range(first, len(text))]
            self._halves[token] = [
                (self._pieces[left], self._pieces[right])
                for left, right in cuts
                if left in self._pieces and right in self._pieces
            ]
        return self._halves[token]
