// What the kernels share. This text stands in front of that of every module; neither needs a header, so that NVRTC can
// compile them at run time. The tests compile the same text as C++ and run it on the CPU.
//
// All numbers are f32. Nothing is added with atomics: the same input gives the same bits. Every sum is made by one thread,
// or by the threads of one block in the order of a tree, or in parts that are added in their order.

// One number after the other, in steps as wide as the grid. `n` is below 2^31, and so is the width.
#define EACH(i, n) for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < (unsigned)(n); i += gridDim.x * blockDim.x)

// The sum of `value` over the threads of a block, whose number is a power of two up to 256. All get it.
__device__ static float block_sum(float value)
{
    __shared__ float sums[256];
    unsigned i = threadIdx.x;
    sums[i] = value;
    __syncthreads();
    for (unsigned half = blockDim.x / 2; half > 0; half /= 2) {
        if (i < half) sums[i] += sums[i + half];
        __syncthreads();
    }
    float total = sums[0];
    // Nobody may write the next sum before all have read this one.
    __syncthreads();
    return total;
}

// The same for the largest number.
__device__ static float block_max(float value)
{
    __shared__ float tops[256];
    unsigned i = threadIdx.x;
    tops[i] = value;
    __syncthreads();
    for (unsigned half = blockDim.x / 2; half > 0; half /= 2) {
        if (i < half && tops[i + half] > tops[i]) tops[i] = tops[i + half];
        __syncthreads();
    }
    float top = tops[0];
    __syncthreads();
    return top;
}
