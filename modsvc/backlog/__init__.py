"""Files of texts → files of decisions: one file on this machine, or a backlog on many.

In: files, folders or buckets of JSON Lines, CSV, Parquet or plain text. Out: one row for every row,
in order: a decision, or what is wrong with the row. `formats`, `rows`, `readers`, `writers` and
`scoring` are the one way that rows go; `run` sends pieces of files through it on a Ray cluster.
Only `run` and `worker` know Ray.
"""
