"""Speed of the shipped artefact beside what one would use instead, in one run, on one machine.

`python -m eval.bench` is the way in; see `eval.bench.__main__`.
"""
