#!/bin/sh
# Makes a redis-server available to the tests of limits, or says loudly that they will be skipped.
# Installs Debian's package when run as root without one; never fails the caller.
set -u

if command -v redis-server >/dev/null; then
    exit 0
fi

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "ensure-redis: installing redis-server with apt-get ..." >&2
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends redis-server; } \
        >/dev/null 2>&1 || true
fi

if ! command -v redis-server >/dev/null; then
    echo "################################################################" >&2
    echo "## No redis-server found: tests of limits across processes    ##" >&2
    echo "## WILL BE SKIPPED. 'apt-get install redis-server' and rerun. ##" >&2
    echo "################################################################" >&2
fi
exit 0
