#!/bin/sh
# Programs that some tests start: PostgreSQL as a grade book, Chromium as a browser. Tests skip where they are missing.
set -eu
missing=""
ls /usr/lib/postgresql/*/bin/initdb > /dev/null 2>&1 || missing="postgresql"
command -v chromium > /dev/null || missing="$missing chromium"
if [ -z "$missing" ]; then
    echo "programs: PostgreSQL and Chromium are there"
    exit 0
fi
[ "$(id -u)" = 0 ] || { echo "programs: missing: $missing; to install them, run this as root" >&2; exit 1; }
command -v apt-get > /dev/null || { echo "programs: missing: $missing; there is no apt-get to install them" >&2; exit 1; }
export DEBIAN_FRONTEND=noninteractive
apt-get -q update
# shellcheck disable=SC2086 -- two names
apt-get -q install -y --no-install-recommends $missing
