#!/bin/bash
# Builds the crate with the feature `cuda` and runs a network on a GPU that is emulated: the real code of dfdx and cudarc
# down to the functions of NVIDIA's driver, which `emulated.cpp` stands in for. Needs neither a GPU nor CUDA:
#   bash tests/cuda/emulate.sh
set -eu
cd "$(dirname "$0")/../.."
fake=$(mktemp -d)
trap 'rm -rf "$fake"' EXIT
registry=$(dirname "$(cargo metadata --format-version 1 --features cuda --offline |
    python3 -c 'import json, sys; print(next(p["manifest_path"] for p in json.load(sys.stdin)["packages"] if p["name"] == "cudarc"))')")
{
    cat tests/cuda/shim.h src/ops/cuda/shared.cu
    for source in src/ops/cuda/sums.cu src/ops/*/cuda.cu src/train/*/cuda.cu; do
        cat "$source"
        sed -n 's/^extern "C" __global__ void \([a-z0-9_]*\)(.*/REGISTER(\1)/p' "$source"
    done
    cat tests/cuda/emulated.cpp
    # The functions that cudarc knows besides: linked, and refused.
    cat "$registry"/src/{driver,nvrtc,cublas}/sys.rs | sed -n 's/^ *pub fn \([a-zA-Z0-9_]*\)(.*/\1/p' | sort -u | while read -r name; do
        grep -q "^API $name(" tests/cuda/emulated.cpp || echo "API $name() { return refuse(\"$name\"); }"
    done
} > "$fake/driver.cpp"
"${CXX:-c++}" -shared -fPIC -O1 -std=c++17 -ffp-contract=off -w -Wl,-soname,libcuda.so.1 "$fake/driver.cpp" -o "$fake/libcuda.so.1"
cargo rustc --quiet --package gradus --example emulated --features cuda,dfdx/ci-check -- -C "link-arg=$fake/libcuda.so.1"
program=${CARGO_TARGET_DIR:-target}/debug/examples/emulated
LD_LIBRARY_PATH="$fake" "$program"
GRADUS_DEVICE=cuda:3 LD_LIBRARY_PATH="$fake" "$program" 2>&1 | grep 'cuda:3, but this machine has one GPU'
GRADUS_DEVICE=cpu LD_LIBRARY_PATH="$fake" "$program" 2>&1 | grep 'build without the feature'
