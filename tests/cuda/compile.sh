#!/bin/bash
# Compiles all kernels of the crate to PTX, with NVIDIA's compiler, for the GPUs from 2018 to today. Needs no GPU.
#
# The compiler comes from Python packages (CUDA 13.0 is the first whose packages hold nvcc), into `.gradus/cuda`:
#   bash tests/cuda/compile.sh
# With CUDA_PATH set, the compiler of that toolkit is taken instead; where it does not know an architecture it says so.
set -u
cd "$(dirname "$0")/../.."
home=.gradus/cuda
if [ -n "${CUDA_PATH:-}" ]; then
    nvcc="$CUDA_PATH/bin/nvcc"
else
    nvcc="$home/t/nvidia/cu13/bin/nvcc"
    if [ ! -x "$nvcc" ]; then
        mkdir -p "$home"
        python3 -m pip install --quiet --no-deps --target "$home/t" nvidia-cuda-nvcc==13.0.88 nvidia-nvvm==13.0.88 \
            nvidia-cuda-crt==13.0.88 "nvidia-cuda-runtime==13.0.*" "nvidia-cuda-cccl==13.0.*" || exit 1
    fi
    # In a folder of its own: pip would take what is there away.
    [ -d "$home/nvrtc" ] || python3 -m pip install --quiet --no-deps --target "$home/nvrtc" "nvidia-cuda-nvrtc==13.0.*" || exit 1
fi
"$nvcc" --version | tail -n 2 | head -n 1
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
passed=0 failed=0
for arch in 75 80 86 89 90 100; do
    for source in src/ops/cuda/sums.cu src/ops/*/cuda.cu src/train/*/cuda.cu; do
        # What the crate hands to NVRTC: the shared text in front.
        cat src/ops/cuda/shared.cu "$source" > "$out/module.cu"
        wanted=$(grep -c 'extern "C" __global__ void' "$source")
        if "$nvcc" --ptx -arch="compute_$arch" -Werror all-warnings -diag-suppress 177 "$out/module.cu" -o "$out/module.ptx" > "$out/log" 2>&1 &&
            [ "$(grep -c '^\.visible \.entry\|^	\.entry\|\.visible \.entry' "$out/module.ptx")" = "$wanted" ]; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            echo "FAILED $source for compute capability $arch"
            cat "$out/log"
        fi
    done
    echo "compute capability $arch: done"
done
echo "$passed compiled, $failed failed"
if [ -z "${CUDA_PATH:-}" ]; then
    modules=()
    for source in src/ops/cuda/sums.cu src/ops/*/cuda.cu src/train/*/cuda.cu; do
        name="$out/$(echo "$source" | tr / -)"
        cat src/ops/cuda/shared.cu "$source" > "$name"
        modules+=("$name")
    done
    LD_LIBRARY_PATH="$home/nvrtc/nvidia/cu13/lib" python3 tests/cuda/nvrtc.py \
        "$home/nvrtc/nvidia/cu13/lib/libnvrtc.so.13" "${modules[@]}" || failed=$((failed + 1))
fi
[ "$failed" = 0 ]
