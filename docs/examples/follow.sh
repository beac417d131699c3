#!/usr/bin/env bash
# Lets the service on this machine answer by the champion of the registry: fetches it to
# /srv/models, turns the link `current` to it, and has the service load what the link leads to.
# The service runs with MODSVC_MODEL_DIR=/srv/models/current. Does nothing where nothing changed.
set -euo pipefail

models=${MODELS:-/srv/models}
before=$(readlink "$models/current" || true)
modsvc models fetch champion "$models" --link current
if [ "$before" != "$(readlink "$models/current")" ]; then
  pkill -HUP -f 'bin/modsvc (serve|stream)'
fi
