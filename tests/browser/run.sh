#!/usr/bin/env bash
# Opens a chapter in JupyterLab in a headless Chromium, runs all cells and waits for a plot.
# `cargo course test` calls it with GRADUS_COURSE set to the program behind `cargo course`.
set -euo pipefail
cd "$(dirname "$0")"

chromium=${CHROMIUM:-}
for name in chromium chromium-browser google-chrome; do
    chromium=${chromium:-$(command -v "$name" || true)}
done
if [ -z "$chromium" ]; then
    echo "no Chromium: install it (Debian, Ubuntu: sudo apt install chromium) or set CHROMIUM to the program" >&2
    exit 1
fi
for name in node npm; do
    if ! command -v "$name" >/dev/null; then
        echo "no $name: install Node.js 18 or newer (Debian, Ubuntu: sudo apt install nodejs npm)" >&2
        exit 1
    fi
done
# A browser is not downloaded: playwright-core only drives one.
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
CHROMIUM=$chromium exec node run_all_cells.mjs "$@"
