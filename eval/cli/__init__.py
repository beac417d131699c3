"""The commands of `python -m eval` and their options; what they measure is elsewhere."""
