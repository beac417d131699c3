"""Bounds of histograms' buckets."""

from typing import Final

SECONDS: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
TEXTS: Final = (1, 2, 4, 8, 16, 32, 64, 128)
