// Convolution as a product of matrices whose right one is never written down: a tile of it is read from the image when it
// is needed. Depthwise convolutions, where a filter sees one channel, have kernels of their own.

struct Conv {
    int batch, channels, filters, groups;
    int height, width, out_height, out_width;
    int kernel_h, kernel_w, stride_h, stride_w, padding_h, padding_w, dilation_h, dilation_w;
};

// A block computes a tile of SIDE x SIDE numbers, 4 x 4 for each of its 256 threads, DEPTH steps of the sum at a time.
#define SIDE 64
#define DEPTH 16

// Adds to `sums` the tile at (`row`, `column`) of the product of `left` and `right`, over the steps `from` to `to`. Both
// answer 0 outside of their matrix.
template <class Left, class Right>
__device__ static void tile_product(float sums[4][4], float (*a)[SIDE + 1], float (*b)[SIDE], Left left, Right right,
                                    int row, int column, int from, int to)
{
    int tid = threadIdx.x, ty = tid / 16, tx = tid % 16;
    right.set_column(column + tid % SIDE);
    for (int first = from; first < to; first += DEPTH) {
        for (int i = 0; i < 4; i++) {
            int k = first + tid % DEPTH, m = tid / DEPTH + 16 * i;
            a[tid % DEPTH][m] = k < to ? left.at(row + m, k) : 0.0f;
        }
        for (int i = 0; i < 4; i++) {
            int k = tid / SIDE + 4 * i;
            b[k][tid % SIDE] = first + k < to ? right.at(first + k) : 0.0f;
        }
        __syncthreads();
        for (int k = 0; k < DEPTH; k++)
            for (int i = 0; i < 4; i++)
                for (int j = 0; j < 4; j++) sums[i][j] += a[k][ty + 16 * i] * b[k][tx + 16 * j];
        __syncthreads();
    }
}

// The slope that reaches the convolution: with a ReLU behind it, that of the results above 0.
__device__ static float slope(const float *dy, const float *y, size_t i)
{
    return y && !(y[i] > 0.0f) ? 0.0f : dy[i];
}

// The filters of a group: (filters, taps).
struct Weights {
    const float *weight;
    int filters, taps;
    __device__ float at(int m, int k) const { return m < filters ? weight[(size_t)m * taps + k] : 0.0f; }
};

// What the taps of a filter see: (taps, batch * output pixels).
struct Patches {
    Conv g;
    const float *x;
    int channel, per_group;
    int inside, at_y, at_x;
    size_t image;
    __device__ void set_column(int n)
    {
        int pixels = g.out_height * g.out_width, pixel = n % pixels;
        inside = n < g.batch * pixels;
        image = ((size_t)(n / pixels) * g.channels + channel) * g.height * g.width;
        at_y = pixel / g.out_width * g.stride_h - g.padding_h;
        at_x = pixel % g.out_width * g.stride_w - g.padding_w;
    }
    __device__ float at(int k) const
    {
        int c = k / (g.kernel_h * g.kernel_w), tap = k % (g.kernel_h * g.kernel_w);
        int iy = at_y + tap / g.kernel_w * g.dilation_h, ix = at_x + tap % g.kernel_w * g.dilation_w;
        if (!inside || iy < 0 || iy >= g.height || ix < 0 || ix >= g.width) return 0.0f;
        return x[image + ((size_t)c * g.height + iy) * g.width + ix];
    }
};

// y[b][o][p] = bias[o] + sum of weight[o][t] * patch[t][b, p], and max(0, y) with `relu`.
extern "C" __global__ void conv2d_forward(const float *x, const float *weight, const float *bias, float *y, Conv g, int relu)
{
    __shared__ float a[DEPTH][SIDE + 1], b[DEPTH][SIDE];
    int group = blockIdx.z, per_group = g.channels / g.groups, filters = g.filters / g.groups;
    int taps = per_group * g.kernel_h * g.kernel_w, pixels = g.out_height * g.out_width;
    int row = blockIdx.y * SIDE, column = blockIdx.x * SIDE;
    float sums[4][4] = {};
    Weights left = {weight + (size_t)group * filters * taps, filters, taps};
    Patches right = {g, x, group * per_group, per_group, 0, 0, 0, 0};
    tile_product(sums, a, b, left, right, row, column, 0, taps);
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++) {
            int m = row + threadIdx.x / 16 + 16 * i, n = column + threadIdx.x % 16 + 16 * j;
            if (m >= filters || n >= g.batch * pixels) continue;
            int o = group * filters + m;
            float value = sums[i][j] + (bias ? bias[o] : 0.0f);
            if (relu && value < 0.0f) value = 0.0f;
            y[((size_t)(n / pixels) * g.filters + o) * pixels + n % pixels] = value;
        }
}

// The filters of a group, turned: (channels, filters * taps of a channel).
struct TurnedWeights {
    Conv g;
    const float *weight;
    int per_group;
    __device__ float at(int m, int k) const
    {
        int area = g.kernel_h * g.kernel_w;
        return m < per_group ? weight[((size_t)(k / area) * per_group + m) * area + k % area] : 0.0f;
    }
};

// The slopes that a pixel of the image takes part in: (filters * taps, batch * input pixels).
struct Slopes {
    Conv g;
    const float *dy, *y;
    int filter;
    int inside, at_y, at_x;
    size_t image;
    __device__ void set_column(int n)
    {
        int pixels = g.height * g.width, pixel = n % pixels;
        inside = n < g.batch * pixels;
        image = ((size_t)(n / pixels) * g.filters + filter) * g.out_height * g.out_width;
        at_y = pixel / g.width + g.padding_h;
        at_x = pixel % g.width + g.padding_w;
    }
    __device__ float at(int k) const
    {
        int o = k / (g.kernel_h * g.kernel_w), tap = k % (g.kernel_h * g.kernel_w);
        int oy = at_y - tap / g.kernel_w * g.dilation_h, ox = at_x - tap % g.kernel_w * g.dilation_w;
        if (!inside || oy < 0 || ox < 0 || oy % g.stride_h || ox % g.stride_w) return 0.0f;
        oy /= g.stride_h;
        ox /= g.stride_w;
        if (oy >= g.out_height || ox >= g.out_width) return 0.0f;
        return slope(dy, y, image + ((size_t)o * g.out_height + oy) * g.out_width + ox);
    }
};

// dx[b][c][p] += the sum over the filters and taps that saw the pixel.
extern "C" __global__ void conv2d_input(const float *dy, const float *y, const float *weight, float *dx, Conv g)
{
    __shared__ float a[DEPTH][SIDE + 1], b[DEPTH][SIDE];
    int group = blockIdx.z, per_group = g.channels / g.groups, filters = g.filters / g.groups;
    int area = g.kernel_h * g.kernel_w, pixels = g.height * g.width;
    int row = blockIdx.y * SIDE, column = blockIdx.x * SIDE;
    float sums[4][4] = {};
    TurnedWeights left = {g, weight + (size_t)group * filters * per_group * area, per_group};
    Slopes right = {g, dy, y, group * filters, 0, 0, 0, 0};
    tile_product(sums, a, b, left, right, row, column, 0, filters * area);
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++) {
            int m = row + threadIdx.x / 16 + 16 * i, n = column + threadIdx.x % 16 + 16 * j;
            if (m >= per_group || n >= g.batch * pixels) continue;
            dx[((size_t)(n / pixels) * g.channels + group * per_group + m) * pixels + n % pixels] += sums[i][j];
        }
}

// The slopes of a group: (filters, batch * output pixels).
struct SlopeRows {
    Conv g;
    const float *dy, *y;
    int filter, filters;
    __device__ float at(int m, int k) const
    {
        int pixels = g.out_height * g.out_width;
        if (m >= filters) return 0.0f;
        return slope(dy, y, ((size_t)(k / pixels) * g.filters + filter + m) * pixels + k % pixels);
    }
};

// The patches, turned: (batch * output pixels, taps).
struct TurnedPatches {
    Conv g;
    const float *x;
    int channel, taps;
    int inside, c, at_y, at_x;
    __device__ void set_column(int n)
    {
        int area = g.kernel_h * g.kernel_w, tap = n % area;
        inside = n < taps;
        c = channel + n / area;
        at_y = tap / g.kernel_w * g.dilation_h - g.padding_h;
        at_x = tap % g.kernel_w * g.dilation_w - g.padding_w;
    }
    __device__ float at(int k) const
    {
        int pixels = g.out_height * g.out_width, pixel = k % pixels;
        int iy = pixel / g.out_width * g.stride_h + at_y, ix = pixel % g.out_width * g.stride_w + at_x;
        if (!inside || iy < 0 || iy >= g.height || ix < 0 || ix >= g.width) return 0.0f;
        return x[(((size_t)(k / pixels) * g.channels + c) * g.height + iy) * g.width + ix];
    }
};

// parts[s][o][t] = the sum over the pixels of part s of dy[o] * patch[t]; blockIdx.z counts groups and parts.
extern "C" __global__ void conv2d_weight(const float *dy, const float *y, const float *x, float *parts, Conv g, int count)
{
    __shared__ float a[DEPTH][SIDE + 1], b[DEPTH][SIDE];
    int group = blockIdx.z / count, part = blockIdx.z % count;
    int per_group = g.channels / g.groups, filters = g.filters / g.groups;
    int taps = per_group * g.kernel_h * g.kernel_w, all = g.batch * g.out_height * g.out_width;
    int share = (all + count - 1) / count;
    int row = blockIdx.y * SIDE, column = blockIdx.x * SIDE;
    float sums[4][4] = {};
    SlopeRows left = {g, dy, y, group * filters, filters};
    TurnedPatches right = {g, x, group * per_group, taps, 0, 0, 0, 0};
    tile_product(sums, a, b, left, right, row, column, min(all, part * share), min(all, (part + 1) * share));
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++) {
            int m = row + threadIdx.x / 16 + 16 * i, n = column + threadIdx.x % 16 + 16 * j;
            if (m >= filters || n >= taps) continue;
            parts[((size_t)part * g.filters + group * filters + m) * taps + n] = sums[i][j];
        }
}

// db[o] += the sum of dy[b][o][p]: a block for each filter.
extern "C" __global__ void conv2d_bias(const float *dy, const float *y, float *db, int batch, int filters, int pixels)
{
    float sum = 0.0f;
    for (int i = threadIdx.x; i < batch * pixels; i += blockDim.x)
        sum += slope(dy, y, ((size_t)(i / pixels) * filters + blockIdx.x) * pixels + i % pixels);
    sum = block_sum(sum);
    if (threadIdx.x == 0) db[blockIdx.x] += sum;
}

// Depthwise: a thread for each result.
extern "C" __global__ void depthwise_forward(const float *x, const float *weight, const float *bias, float *y, Conv g, int relu)
{
    int pixels = g.out_height * g.out_width, filters = g.filters / g.groups;
    EACH(i, g.batch * g.filters * pixels) {
        int pixel = i % pixels, o = i / pixels % g.filters, image = i / pixels / g.filters;
        const float *from = x + ((size_t)image * g.channels + o / filters) * g.height * g.width;
        const float *w = weight + (size_t)o * g.kernel_h * g.kernel_w;
        float sum = 0.0f;
        for (int ky = 0; ky < g.kernel_h; ky++) {
            int iy = pixel / g.out_width * g.stride_h + ky * g.dilation_h - g.padding_h;
            if (iy < 0 || iy >= g.height) continue;
            for (int kx = 0; kx < g.kernel_w; kx++) {
                int ix = pixel % g.out_width * g.stride_w + kx * g.dilation_w - g.padding_w;
                if (ix >= 0 && ix < g.width) sum += w[ky * g.kernel_w + kx] * from[(size_t)iy * g.width + ix];
            }
        }
        sum += bias ? bias[o] : 0.0f;
        y[i] = relu && sum < 0.0f ? 0.0f : sum;
    }
}

// Depthwise: a thread for each pixel of the image.
extern "C" __global__ void depthwise_input(const float *dy, const float *y, const float *weight, float *dx, Conv g)
{
    int pixels = g.height * g.width, filters = g.filters / g.groups;
    EACH(i, g.batch * g.channels * pixels) {
        int iy = i % pixels / g.width, ix = i % g.width, c = i / pixels % g.channels, image = i / pixels / g.channels;
        float sum = 0.0f;
        for (int o = c * filters; o < (c + 1) * filters; o++)
            for (int tap = 0; tap < g.kernel_h * g.kernel_w; tap++) {
                int oy = iy + g.padding_h - tap / g.kernel_w * g.dilation_h;
                int ox = ix + g.padding_w - tap % g.kernel_w * g.dilation_w;
                if (oy < 0 || ox < 0 || oy % g.stride_h || ox % g.stride_w) continue;
                oy /= g.stride_h;
                ox /= g.stride_w;
                if (oy >= g.out_height || ox >= g.out_width) continue;
                size_t at = (((size_t)image * g.filters + o) * g.out_height + oy) * g.out_width + ox;
                sum += weight[(size_t)o * g.kernel_h * g.kernel_w + tap] * slope(dy, y, at);
            }
        dx[i] += sum;
    }
}

// Depthwise: a block for each tap of each filter.
extern "C" __global__ void depthwise_weight(const float *dy, const float *y, const float *x, float *dw, Conv g)
{
    int area = g.kernel_h * g.kernel_w, o = blockIdx.x / area, tap = blockIdx.x % area;
    int pixels = g.out_height * g.out_width, c = o / (g.filters / g.groups);
    float sum = 0.0f;
    for (int i = threadIdx.x; i < g.batch * pixels; i += blockDim.x) {
        int pixel = i % pixels, image = i / pixels;
        int iy = pixel / g.out_width * g.stride_h + tap / g.kernel_w * g.dilation_h - g.padding_h;
        int ix = pixel % g.out_width * g.stride_w + tap % g.kernel_w * g.dilation_w - g.padding_w;
        if (iy < 0 || iy >= g.height || ix < 0 || ix >= g.width) continue;
        sum += slope(dy, y, ((size_t)image * g.filters + o) * pixels + pixel)
            * x[(((size_t)image * g.channels + c) * g.height + iy) * g.width + ix];
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0) dw[blockIdx.x] += sum;
}
