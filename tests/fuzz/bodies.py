"""What must hold of each parser of bodies, whatever bytes it is given.

In: any bytes. Out: nothing, or the AssertionError of a promise that is broken. Which answer a
client gets for them is `tests.fuzz.service`'s.
"""

import json
import re
from collections.abc import Callable
from typing import Any, Final

from pydantic import ValidationError

from modsvc.api.dialects.classify.schemas import parse_classify
from modsvc.api.dialects.moderations.schemas import parse_texts
from modsvc.api.dialects.perspective.schemas import parse_analyze, parse_suggest
from modsvc.api.dialects.predict.schemas import parse_predict
from modsvc.api.errors import fault_of
from modsvc.api.schemas import parse_body, replace_lone_surrogates
from modsvc.api.schemas_content import parse_content
from modsvc.errors import InputError

#: With whether a body is one of several shapes, so that a mistake's place begins with which.
PARSERS: Final[tuple[tuple[Callable[[bytes], Any], bool], ...]] = (
    *((parse_body, True), (parse_content, True)),
    *((parse_texts, False), (parse_classify, False), (parse_predict, False)),
    *((parse_analyze, False), (parse_suggest, False)),
)

_LONE: Final = re.compile(r"[\ud800-\udfff]")


def bodies(raw: bytes) -> None:
    """A body is understood or refused in words that can be answered; nothing else happens."""
    for parse, tagged in PARSERS:
        try:
            parse(raw)
        except (ValidationError, InputError) as error:
            fault = fault_of(error, tagged=tagged)
            assert fault is not None
            assert fault.kind.status in (400, 413, 422)
            json.dumps([fault.detail, fault.errors]).encode()


def surrogates(raw: bytes) -> None:
    """Mending halves of characters changes these and nothing else."""
    mended = replace_lone_surrogates(raw)
    assert len(mended) == len(raw)
    assert replace_lone_surrogates(mended) == mended
    try:
        before = json.loads(raw.decode())
    except (ValueError, RecursionError):
        return
    written = json.dumps(before, ensure_ascii=False)
    assert json.dumps(json.loads(mended), ensure_ascii=False) == _LONE.sub("\ufffd", written)


def items(raw: bytes) -> None:
    """What is understood is what a strict reader of JSON understands."""
    try:
        understood = parse_body(raw)
    except (ValidationError, InputError):
        return
    read = json.loads(replace_lone_surrogates(raw))
    sent = read.get("items", [read])
    assert [(one.text, one.id, one.language) for one in understood] == [
        (one["text"], one.get("id"), one.get("language")) for one in sent
    ]
