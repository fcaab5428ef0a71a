// Dropout. What a number is multiplied with is a function of the seed and of where it stands: nothing is kept for the
// backward pass, and the mask is the same on the CPU, whatever the number of threads.

// One round of SplitMix64 (Steele, Lea & Flood 2014) for each pair of numbers, whose halves decide.
__device__ static float factor(unsigned long long seed, unsigned i, unsigned limit, float scale)
{
    unsigned long long z = seed + ((unsigned long long)(i / 2) + 1) * 0x9E3779B97F4A7C15ull;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    z ^= z >> 31;
    return (unsigned)(i % 2 ? z >> 32 : z) < limit ? 0.0f : scale;
}

extern "C" __global__ void dropout_forward(const float *x, float *y, int n, unsigned seed_low, unsigned seed_high, unsigned limit, float scale)
{
    unsigned long long seed = (unsigned long long)seed_high << 32 | seed_low;
    EACH(i, n) y[i] = x[i] * factor(seed, i, limit, scale);
}

// dx += dy * factor
extern "C" __global__ void dropout_input(const float *dy, float *dx, int n, unsigned seed_low, unsigned seed_high, unsigned limit, float scale)
{
    unsigned long long seed = (unsigned long long)seed_high << 32 | seed_low;
    EACH(i, n) dx[i] += dy[i] * factor(seed, i, limit, scale);
}
