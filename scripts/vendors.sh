#!/usr/bin/env bash
# Prepares the vendors' Python clients once, under target/, and drives our simulators with them.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=target/vendors-venv
wanted=scripts/vendors-requirements.txt

if ! cmp -s "$wanted" "$venv/installed.txt"; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$wanted"
    cp "$wanted" "$venv/installed.txt"
fi

cargo build --locked
exec "$venv/bin/python" scripts/vendors.py --simulate target/debug/wakeup-coach "$@"
