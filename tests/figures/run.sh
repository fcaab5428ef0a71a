#!/usr/bin/env bash
# Turns the chapters into HTML with nbconvert and with myst-nb, and looks for every figure in the result.
# Uses Python packages of its own, in .gradus/figures. `cargo course test` calls it.
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=.gradus/figures
if ! cmp -s tests/figures/requirements.lock "$venv/done"; then
    rm -rf "$venv"
    "${GRADUS_PYTHON:-python3}" -m venv "$venv"
    "$venv/bin/python" -m pip --disable-pip-version-check install --quiet --requirement tests/figures/requirements.lock
    cp tests/figures/requirements.lock "$venv/done"
fi
exec "$venv/bin/python" tests/figures/check.py "$@"
