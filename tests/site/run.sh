#!/usr/bin/env bash
# Makes the site, checks its files, and reads it in a headless Chromium. `--address URL`: where the site will be.
# `cargo course test` calls it with GRADUS_COURSE set to the program behind `cargo course`.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
site=$root/.gradus/book/html
if [ -n "${GRADUS_COURSE:-}" ]; then
    "$GRADUS_COURSE" book "$@"
else
    cargo course book "$@"
fi
"${GRADUS_PYTHON:-python3}" -X utf8 check.py "$site" "${2:-}"
. ../browser/tools.sh
if [ -d "$site/labs" ]; then
    # With the crate itself, so that its features are those of the tests and nothing is compiled twice.
    cargo build --quiet --package gradus --package gradus-labs
    node ../labs/native.mjs "$site/labs" "${CARGO_TARGET_DIR:-$root/target}/debug/gradus-labs"
fi
exec node browse.mjs "$site"
