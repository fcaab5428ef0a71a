// The formulas of the optimizers (those of `update.rs`), and what is done to a gradient before a step and to weights after
// it. A step uses its gradient up.

extern "C" __global__ void sgd_step(float *w, float *gradient, float *velocity, int n, float lr, float momentum, float decay, int nesterov)
{
    EACH(i, n) {
        float g = gradient[i] + decay * w[i];
        if (velocity) {
            float v = momentum * velocity[i] + g;
            velocity[i] = v;
            g = nesterov ? g + momentum * v : v;
        }
        w[i] -= lr * g;
        gradient[i] = 0.0f;
    }
}

// Adam; AdamW with `keep` below 1 and without `decay`.
extern "C" __global__ void adam_step(float *w, float *gradient, float *mean, float *square, int n, float step, float root, float keep,
                                     float beta1, float beta2, float eps, float decay)
{
    EACH(i, n) {
        float weight = w[i] * keep;
        float g = gradient[i] + decay * weight;
        float m = beta1 * mean[i] + (1.0f - beta1) * g;
        float v = beta2 * square[i] + (1.0f - beta2) * g * g;
        mean[i] = m;
        square[i] = v;
        w[i] = weight - step * m / (sqrtf(v) * root + eps);
        gradient[i] = 0.0f;
    }
}

extern "C" __global__ void rms_prop_step(float *w, float *gradient, float *square, int n, float lr, float alpha, float eps, float decay)
{
    EACH(i, n) {
        float g = gradient[i] + decay * w[i];
        float v = alpha * square[i] + (1.0f - alpha) * g * g;
        square[i] = v;
        w[i] -= lr * g / (sqrtf(v) + eps);
        gradient[i] = 0.0f;
    }
}

extern "C" __global__ void adagrad_step(float *w, float *gradient, float *sum, int n, float lr, float eps, float decay)
{
    EACH(i, n) {
        float g = gradient[i] + decay * w[i];
        float s = sum[i] + g * g;
        sum[i] = s;
        w[i] -= lr * g / (sqrtf(s) + eps);
        gradient[i] = 0.0f;
    }
}

// parts[block] = the squares of its share of the gradient, cut off at `limit`.
extern "C" __global__ void square_parts(const float *gradient, float *parts, int n, float limit)
{
    float sum = 0.0f;
    EACH(i, n) {
        float g = gradient[i];
        g = g > limit ? limit : g < -limit ? -limit : g;
        sum += g * g;
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0) parts[blockIdx.x] = sum;
}

// Cuts each number off at `limit`, and shortens all by `scale`.
extern "C" __global__ void clip_gradient(float *gradient, int n, float limit, float scale)
{
    EACH(i, n) {
        float g = gradient[i];
        g = g > limit ? limit : g < -limit ? -limit : g;
        gradient[i] = g * scale;
    }
}

// Moves every weight towards 0 by `by`, and not past it.
extern "C" __global__ void shrink(float *w, int n, float by)
{
    EACH(i, n) {
        float x = w[i];
        w[i] = x - (x > by ? by : x < -by ? -by : x);
    }
}

// Brings the rows of a table within the norm `limit`, or with `exactly` to it: a block for each row.
extern "C" __global__ void constrain_rows(float *w, int columns, float limit, int exactly)
{
    float *row = w + (size_t)blockIdx.x * columns;
    float sum = 0.0f;
    for (int i = threadIdx.x; i < columns; i += blockDim.x) sum += row[i] * row[i];
    float norm = sqrtf(block_sum(sum));
    if (!exactly && norm <= limit) return;
    // The small number keeps a row of zeros from becoming NaN.
    float scale = limit / (norm + 1e-7f);
    for (int i = threadIdx.x; i < columns; i += blockDim.x) row[i] *= scale;
}
