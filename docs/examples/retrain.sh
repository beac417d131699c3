#!/usr/bin/env bash
# The model of the month: what reviewers decided becomes a challenger, which the gate compares with
# the champion, and the registry keeps with its report. Prints the challenger's version; ends with 1
# where the gate refused it, and promotes nothing unless it is called with --promote.
#
# It reads the settings of the service (MODSVC_DATABASE_URL or MODSVC_DATA_DIR) and MODSVC_REGISTRY.
# SINCE is the first day of the reviews (default: a month ago), INIT_FROM what to go on from
# (default: the champion, by the weights of its run below runs/, else by its integers).
set -euo pipefail

since=${SINCE:-$(date -u -d '1 month ago' +%Y-%m-%d)}
latest=runs/retrain/latest
gate=runs/gate

champion=$(modsvc models fetch champion models)
python -m training from-reviews --since "$since" >&2
python -m training run recipes/retrain.toml --init-from "${INIT_FROM:-$champion}" >&2

passed=0
python -m eval gate "$latest/pack/model" --champion "$champion" \
  --corpus "$latest/corpus/corpus.parquet" --output "$gate" >&2 || passed=$?
# 1 is a refusal, which is worth keeping; anything else is a failure.
[ "$passed" -le 1 ]

version=$(modsvc models add "$latest/pack/model" --parent champion --note "reviews since $since" \
  --report "$gate/gate.json" --report "$gate/gate.md")
echo "$version"
[ "$passed" -eq 0 ]
if [ "${1:-}" = --promote ]; then
  modsvc models promote "$version" --reason "reviews since $since; the gate passed it" >&2
fi
