#!/bin/sh
# Makes a program available to the tests that need it, or says loudly that they will be skipped:
#   ensure.sh TESTS PACKAGE [PROGRAM...]
# PACKAGE is Debian's, of a program of that name; each PROGRAM does as well. It is installed when this
# is run as root without any of them. Never fails the caller.
set -u

tests=$1 package=$2
shift
# Debian has servers in /usr/sbin, which is not on everybody's path.
PATH="$PATH:/usr/sbin"

is_there() {
    for program in "$@"; do
        if command -v "$program" >/dev/null; then
            return 0
        fi
    done
    return 1
}

if is_there "$@"; then
    exit 0
fi

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "ensure: installing $package with apt-get ..." >&2
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$package"; } \
        >/dev/null 2>&1 || true
fi

if ! is_there "$@"; then
    echo "################################################################" >&2
    echo "## No $package found: $tests WILL BE SKIPPED." >&2
    echo "## 'apt-get install $package', or install it otherwise, and rerun." >&2
    echo "################################################################" >&2
fi
exit 0
