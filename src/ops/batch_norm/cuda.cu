// Batch normalization of (images, channels, pixels): a block for what is summed over a channel, a thread for each number
// otherwise.

// Mean and variance of each channel, in two passes: the squares are those of the distances from the mean.
extern "C" __global__ void batch_norm_stats(const float *x, float *mean, float *variance, int images, int channels, int pixels)
{
    int c = blockIdx.x, n = images * pixels;
    float sum = 0.0f;
    for (int i = threadIdx.x; i < n; i += blockDim.x) sum += x[((size_t)(i / pixels) * channels + c) * pixels + i % pixels];
    float middle = block_sum(sum) / n;
    sum = 0.0f;
    for (int i = threadIdx.x; i < n; i += blockDim.x) {
        float far = x[((size_t)(i / pixels) * channels + c) * pixels + i % pixels] - middle;
        sum += far * far;
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0) {
        mean[c] = middle;
        variance[c] = sum / n;
    }
}

// y = (x - mean) / sqrt(variance + eps) * weight + bias
extern "C" __global__ void batch_norm_forward(const float *x, const float *mean, const float *variance, const float *weight,
                                              const float *bias, float *y, int n, int channels, int pixels, float eps)
{
    EACH(i, n) {
        int c = i / pixels % channels;
        y[i] = (x[i] - mean[c]) * (1.0f / sqrtf(variance[c] + eps) * weight[c]) + bias[c];
    }
}

// sums[c] = the sum of dy over a channel, sums[channels + c] = that of dy * (x - mean); with them, the gradients of weight
// and bias grow.
extern "C" __global__ void batch_norm_sums(const float *dy, const float *x, const float *mean, const float *variance, float *sums,
                                           float *dw, float *db, int images, int channels, int pixels, float eps)
{
    int c = blockIdx.x;
    float sum = 0.0f, product = 0.0f;
    for (int i = threadIdx.x; i < images * pixels; i += blockDim.x) {
        size_t at = ((size_t)(i / pixels) * channels + c) * pixels + i % pixels;
        sum += dy[at];
        product += dy[at] * (x[at] - mean[c]);
    }
    sum = block_sum(sum);
    product = block_sum(product);
    if (threadIdx.x == 0) {
        sums[c] = sum;
        sums[channels + c] = product;
        db[c] += sum;
        dw[c] += product / sqrtf(variance[c] + eps);
    }
}

// dx += scale * (dy - what the batch's own mean and variance take from it); those do not move in evaluation.
extern "C" __global__ void batch_norm_input(const float *dy, const float *x, const float *mean, const float *variance,
                                            const float *weight, const float *sums, float *dx, int n, int channels, int pixels,
                                            float eps, int from_batch)
{
    EACH(i, n) {
        int c = i / pixels % channels;
        float inverse = 1.0f / sqrtf(variance[c] + eps), d = dy[i];
        if (from_batch) {
            float count = (float)(n / channels);
            d -= sums[c] / count + sums[channels + c] / count * inverse * inverse * (x[i] - mean[c]);
        }
        dx[i] += inverse * weight[c] * d;
    }
}
