#!/usr/bin/env bash
# Opens a chapter in JupyterLab in a headless Chromium, runs all cells and waits for a plot.
# `cargo course test` calls it with GRADUS_COURSE set to the program behind `cargo course`.
set -euo pipefail
cd "$(dirname "$0")"
. ./tools.sh
exec node run_all_cells.mjs "$@"
