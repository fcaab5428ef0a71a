// The activations: value and slope, side by side. The numbers of the kinds are those of `ops/cuda/pointwise.rs`; the
// formulas are those of `curve.rs`.

#define SELU_SCALE 1.0507009873554805f
#define SELU_ALPHA 1.6732632423543772f
#define GELU_CUBE 0.044715f
#define SQRT_2_OVER_PI 0.7978845608028654f

enum Kind { RELU, RELU6, SIGMOID, TANH, LEAKY, ELU, SELU, GELU, GELU_TANH, SILU, MISH, SOFTPLUS, SOFTSIGN, HARDTANH, HARDSIGMOID };

__device__ static float sigmoid(float x) { return 1.0f / (1.0f + expf(-x)); }

// Where an exponential is as good as 0, and a product with it would not be. NaN stays NaN.
__device__ static float not_far_below(float x) { return x < -80.0f ? -80.0f : x; }

__device__ static float tanh_of_softplus(float x)
{
    // From here on it is 1, and the square would overflow.
    float e = expf(x > 20.0f ? 20.0f : x), n = e * (e + 2.0f);
    return n / (n + 2.0f);
}

__device__ static float normal(float x) { return 0.5f * erfcf(-x * 0.7071067811865476f); }

__device__ static float gelu_inner(float x) { return SQRT_2_OVER_PI * (x + GELU_CUBE * x * x * x); }

__device__ static float elu(float alpha, float x) { return x < 0.0f ? alpha * expm1f(x) : x; }

__device__ static float elu_slope(float alpha, float x) { return x > 0.0f ? 1.0f : alpha * expf(x); }

__device__ static float value(int kind, float p, float x)
{
    switch (kind) {
    case RELU: return x < 0.0f ? 0.0f : x;
    case RELU6: return x < 0.0f ? 0.0f : x > 6.0f ? 6.0f : x;
    case SIGMOID: return sigmoid(x);
    case TANH: return tanhf(x);
    case LEAKY: return x < 0.0f ? p * x : x;
    case ELU: return elu(p, x);
    case SELU: return SELU_SCALE * elu(SELU_ALPHA, x);
    case GELU: return x * normal(x);
    case GELU_TANH: return 0.5f * x * (1.0f + tanhf(gelu_inner(x)));
    case SILU: return not_far_below(x) * sigmoid(x);
    case MISH: return not_far_below(x) * tanh_of_softplus(x);
    case SOFTPLUS: return (x < 0.0f ? 0.0f : x) + log1pf(expf(-fabsf(x)));
    case SOFTSIGN: return x / (1.0f + fabsf(x));
    case HARDTANH: return x < -1.0f ? -1.0f : x > 1.0f ? 1.0f : x;
    default: {
        float y = x / 6.0f + 0.5f;
        return y < 0.0f ? 0.0f : y > 1.0f ? 1.0f : y;
    }
    }
}

// At a kink, the slope that PyTorch takes there.
__device__ static float derivative(int kind, float p, float x)
{
    switch (kind) {
    case RELU: return x > 0.0f ? 1.0f : 0.0f;
    case RELU6: return x > 0.0f && x < 6.0f ? 1.0f : 0.0f;
    case SIGMOID: {
        float y = sigmoid(x);
        return y * (1.0f - y);
    }
    case TANH: {
        float y = tanhf(x);
        return 1.0f - y * y;
    }
    case LEAKY: return x > 0.0f ? 1.0f : p;
    case ELU: return elu_slope(p, x);
    case SELU: return SELU_SCALE * elu_slope(SELU_ALPHA, x);
    case GELU: {
        // So far away the density is 0, and an infinite x times it would not be a number.
        float near = x > 40.0f ? 40.0f : x < -40.0f ? -40.0f : x;
        return normal(x) + near * expf(-0.5f * x * x) * 0.3989422804014327f;
    }
    case GELU_TANH: {
        float t = tanhf(gelu_inner(x)), flat = 1.0f - t * t;
        // Where tanh is flat, the cube may overflow: zero times infinity.
        float bent = flat == 0.0f ? 0.0f : flat * SQRT_2_OVER_PI * (1.0f + 3.0f * GELU_CUBE * x * x);
        return 0.5f * (1.0f + t) + 0.5f * x * bent;
    }
    case SILU: {
        float y = sigmoid(x);
        return y * (1.0f + not_far_below(x) * (1.0f - y));
    }
    case MISH: {
        float t = tanh_of_softplus(x);
        return t + not_far_below(x) * sigmoid(x) * (1.0f - t * t);
    }
    case SOFTPLUS: return sigmoid(x);
    case SOFTSIGN: {
        float y = 1.0f / (1.0f + fabsf(x));
        return y * y;
    }
    case HARDTANH: return x > -1.0f && x < 1.0f ? 1.0f : 0.0f;
    default: return x > -3.0f && x < 3.0f ? 1.0f / 6.0f : 0.0f;
    }
}

extern "C" __global__ void activate_forward(const float *x, float *y, int n, int kind, float p)
{
    EACH(i, n) y[i] = value(kind, p, x[i]);
}

// dx += dy * f'(x)
extern "C" __global__ void activate_input(const float *dy, const float *x, float *dx, int n, int kind, float p)
{
    EACH(i, n) dx[i] += dy[i] * derivative(kind, p, x[i]);
}
