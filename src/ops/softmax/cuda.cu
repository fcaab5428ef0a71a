// Softmax of each row, or its logarithm: a block for each row.

extern "C" __global__ void softmax_forward(const float *x, float *y, int columns, int logarithm)
{
    size_t row = (size_t)blockIdx.x * columns;
    float top = x[row];
    for (int i = threadIdx.x; i < columns; i += blockDim.x)
        if (x[row + i] > top) top = x[row + i];
    top = block_max(top);
    // Shifting all scores changes nothing, and keeps expf from overflowing.
    float sum = 0.0f;
    for (int i = threadIdx.x; i < columns; i += blockDim.x) sum += expf(x[row + i] - top);
    sum = block_sum(sum);
    float shift = logf(sum);
    for (int i = threadIdx.x; i < columns; i += blockDim.x) {
        float score = x[row + i] - top;
        y[row + i] = logarithm ? score - shift : expf(score) / sum;
    }
}

// dx += y (dy - sum(y dy)), for the logarithm dy - exp(y) sum(dy)
extern "C" __global__ void softmax_input(const float *dy, const float *y, float *dx, int columns, int logarithm)
{
    size_t row = (size_t)blockIdx.x * columns;
    float sum = 0.0f;
    for (int i = threadIdx.x; i < columns; i += blockDim.x) sum += logarithm ? dy[row + i] : y[row + i] * dy[row + i];
    sum = block_sum(sum);
    for (int i = threadIdx.x; i < columns; i += blockDim.x) {
        size_t at = row + i;
        dx[at] += logarithm ? dy[at] - expf(y[at]) * sum : y[at] * (dy[at] - sum);
    }
}
