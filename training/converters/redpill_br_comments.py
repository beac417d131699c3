"""Comments under Brazilian "red pill" videos, by three annotators, with the codes of EDOS."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime

from training.catalogue import RawFiles
from training.converters.edos import SCHEME, VECTORS
from training.readers import read_xlsx
from training.rows import Row, make_row

ANNOTATORS = ("amanda", "livia", "sophia")
ID = "id_comentario_anonimizado"
AGREED = 2


def convert(raw: RawFiles) -> Iterator[Row]:
    """Rows of the consolidated workbook; a category needs two annotators with one code."""
    codes = _codes(raw)
    for record in read_xlsx(raw.path("resultado_consolidado_geral_total_com_id.xlsx")):
        agreed = [code for code, votes in codes[record[ID]].items() if votes >= AGREED]
        yield make_row(
            str(record["comentario"] or ""),
            language="pt-BR",
            split="none",
            misogyny=int(record["final_misoginia"]),
            toxic_other=int(record["final_toxicidade"]),
            positive=VECTORS[agreed[0]] if agreed else (),
            scheme=SCHEME if agreed else (),
        )


def _codes(raw: RawFiles) -> defaultdict[str, Counter[str]]:
    """How many annotators gave each code, by comment."""
    codes: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for annotator in ANNOTATORS:
        # Comments that a workbook repeats count once.
        given: dict[str, str] = {}
        for record in read_xlsx(raw.path(f"comentarios_classificador_{annotator}.xlsx")):
            value = record.get("categoria de misoginia")
            # The spreadsheet took a code such as 2.1 for the second of January.
            if isinstance(value, datetime):
                given[record[ID]] = f"{value.day}.{value.month}"
        for comment, code in given.items():
            if code in VECTORS:
                codes[comment][code] += 1
    return codes
