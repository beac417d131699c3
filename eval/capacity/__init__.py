"""What to buy: `python -m eval.capacity` measures what docs/capacity.md says, on your machine."""
