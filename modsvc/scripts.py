"""What scripts are like.

In: nothing. Out: a pattern for the characters of scripts that put no spaces between words.
"""

import re
from typing import Final

#: Thai, Lao, Burmese, Khmer, kana, Han: no spaces between words.
UNSPACED: Final = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
    r"\U00020000-\U0003ffff]"
)
