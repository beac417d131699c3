"""Let-Mi in a recoding by third parties: Levantine replies to women journalists."""

import html
from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_xlsx
from training.rows import Row, make_row

DEROGATORY = ("discredit", "insult")


def convert(raw: RawFiles) -> Iterator[Row]:
    """Rows of the sheet; in this corpus every offensive reply is a class of misogyny."""
    for record in read_xlsx(raw.path("arabic_off_lang_dataset_ID14.xlsx"), "Sheet1"):
        yield make_row(
            # The workbook escapes carriage returns, and the reader leaves them escaped.
            html.unescape((record["text"] or "").replace("_x000D_", "\r")),
            language="ar",
            split="none",
            misogyny=int(record["offensive"]),
            positive=("derogation",) if record["offense strength"] in DEROGATORY else (),
        )
