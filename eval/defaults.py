"""What a measurement is made with where nobody says otherwise.

A module without imports, so that commands can show it in their help at once.
"""

from typing import Final

#: Bootstrap resamples: enough for two digits of a 95 % interval.
RESAMPLES: Final = 1000
