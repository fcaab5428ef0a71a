# Finds the browser and Node.js; to be read by the scripts beside it and in ../site.
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
export CHROMIUM=$chromium
# A browser is not downloaded: playwright-core only drives one.
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
