"""What schemathesis cannot read in an OpenAPI document, told to it.

In: cases that it generates. Out: the same, as a client would send them.
"""

from datetime import UTC, datetime
from itertools import count
from typing import Any

import schemathesis
from hypothesis import strategies as st

_NUMBERS = count()

# A document cannot say when times begin and end; `created_at` is refused beyond.
schemathesis.openapi.format(
    "date-time",
    st.datetimes(datetime(1970, 1, 1), datetime(2199, 12, 31), timezones=st.just(UTC)).map(
        datetime.isoformat
    ),
)


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """A new `Idempotency-Key` for each request, as the document asks in words."""
    meant = case.meta is not None and case.meta.generation.mode.is_positive
    if meant and "idempotency-key" in case.headers:
        case.headers["idempotency-key"] = f"key-{next(_NUMBERS)}"
