// Layer normalization: a block for each row.

// y = (x - mean) / sqrt(variance + eps) * weight + bias; stats[row] = mean, stats[rows + row] = 1 / sqrt(variance + eps).
extern "C" __global__ void layer_norm_forward(const float *x, const float *weight, const float *bias, float *y, float *stats,
                                              int rows, int columns, float eps)
{
    const float *from = x + (size_t)blockIdx.x * columns;
    float sum = 0.0f;
    for (int i = threadIdx.x; i < columns; i += blockDim.x) sum += from[i];
    float mean = block_sum(sum) / columns;
    sum = 0.0f;
    for (int i = threadIdx.x; i < columns; i += blockDim.x) sum += (from[i] - mean) * (from[i] - mean);
    float inverse = 1.0f / sqrtf(block_sum(sum) / columns + eps);
    for (int i = threadIdx.x; i < columns; i += blockDim.x)
        y[(size_t)blockIdx.x * columns + i] = (from[i] - mean) * inverse * weight[i] + bias[i];
    if (threadIdx.x == 0) {
        stats[blockIdx.x] = mean;
        stats[rows + blockIdx.x] = inverse;
    }
}

// dx += inverse * (g - mean(g) - normal * mean(g * normal)) with g = dy * weight
extern "C" __global__ void layer_norm_input(const float *dy, const float *x, const float *weight, const float *stats, float *dx,
                                            int rows, int columns)
{
    size_t row = (size_t)blockIdx.x * columns;
    float mean = stats[blockIdx.x], inverse = stats[rows + blockIdx.x];
    float sum = 0.0f, product = 0.0f;
    for (int i = threadIdx.x; i < columns; i += blockDim.x) {
        float g = dy[row + i] * weight[i];
        sum += g;
        product += g * (x[row + i] - mean) * inverse;
    }
    sum = block_sum(sum) / columns;
    product = block_sum(product) / columns;
    for (int i = threadIdx.x; i < columns; i += blockDim.x)
        dx[row + i] += inverse * (dy[row + i] * weight[i] - sum - (x[row + i] - mean) * inverse * product);
}

// products = dy * normal: its sums over the columns are the gradient of the weight.
extern "C" __global__ void layer_norm_products(const float *dy, const float *x, const float *stats, float *products, int rows, int columns)
{
    EACH(i, rows * columns) {
        int row = i / columns;
        products[i] = dy[i] * (x[i] - stats[row]) * stats[rows + row];
    }
}
