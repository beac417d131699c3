#!/bin/sh
# Makes a chromium available to the browser tests, or says loudly that they will be skipped.
# Installs Debian's package when run as root without one; never fails the caller.
set -u

find_chromium() {
    command -v chromium || command -v chromium-browser || command -v google-chrome
}

if find_chromium >/dev/null; then
    exit 0
fi

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "ensure-chromium: installing chromium with apt-get ..." >&2
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } \
        >/dev/null 2>&1 || true
fi

if ! find_chromium >/dev/null; then
    echo "################################################################" >&2
    echo "## No chromium found: the browser tests WILL BE SKIPPED.      ##" >&2
    echo "## Install one, e.g. 'apt-get install chromium', and rerun.   ##" >&2
    echo "################################################################" >&2
fi
exit 0
