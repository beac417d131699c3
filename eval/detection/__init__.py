"""How well language detectors do on short texts, beside the one that ships."""
