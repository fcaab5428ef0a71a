// Pooling: a thread for each result, and backwards a thread for each pixel of the image, which gathers what is its own.

struct Pool {
    int planes, height, width, out_height, out_width, kernel, stride, padding;
};

// The largest value under each window, or with `smallest` the smallest, and where in its plane it stands. Among equals the
// first in reading order; a NaN wins.
extern "C" __global__ void pool_extreme(const float *x, float *y, int *winners, Pool g, int smallest)
{
    int pixels = g.out_height * g.out_width;
    EACH(i, g.planes * pixels) {
        const float *plane = x + (size_t)(i / pixels) * g.height * g.width;
        int top = i % pixels / g.out_width * g.stride - g.padding, left = i % g.out_width * g.stride - g.padding;
        int winner = -1;
        float best = 0.0f;
        for (int iy = max(top, 0); iy < min(top + g.kernel, g.height); iy++)
            for (int ix = max(left, 0); ix < min(left + g.kernel, g.width); ix++) {
                float value = plane[(size_t)iy * g.width + ix];
                if (winner < 0 || value != value || (smallest ? value < best : value > best)) {
                    best = value;
                    winner = iy * g.width + ix;
                }
            }
        y[i] = best;
        if (winners) winners[i] = winner;
    }
}

// The first window that covers a pixel, and the first that begins behind it.
__device__ static int first_window(int at, const Pool &g)
{
    int reach = at + g.padding - g.kernel + 1;
    return reach > 0 ? (reach + g.stride - 1) / g.stride : 0;
}

__device__ static int end_window(int at, int count, const Pool &g)
{
    return min(count, (at + g.padding) / g.stride + 1);
}

// dx[i] += the slopes of the windows that the pixel has won.
extern "C" __global__ void pool_extreme_input(const float *dy, const int *winners, float *dx, Pool g)
{
    int pixels = g.height * g.width, windows = g.out_height * g.out_width;
    EACH(i, g.planes * pixels) {
        int pixel = i % pixels, iy = pixel / g.width, ix = pixel % g.width;
        size_t plane = (size_t)(i / pixels) * windows;
        float sum = 0.0f;
        for (int oy = first_window(iy, g); oy < end_window(iy, g.out_height, g); oy++)
            for (int ox = first_window(ix, g); ox < end_window(ix, g.out_width, g); ox++) {
                size_t at = plane + oy * g.out_width + ox;
                if (winners[at] == pixel) sum += dy[at];
            }
        dx[i] += sum;
    }
}

// The cells of the padded image that a window covers along an axis.
__device__ static int covered(int at, int size, const Pool &g)
{
    return min(g.kernel, max(size + 2 * g.padding - at * g.stride, 0));
}

// The mean under each window; padding counts as zeros, what hangs over it does not count.
extern "C" __global__ void pool_mean(const float *x, float *y, Pool g)
{
    int pixels = g.out_height * g.out_width;
    EACH(i, g.planes * pixels) {
        const float *plane = x + (size_t)(i / pixels) * g.height * g.width;
        int oy = i % pixels / g.out_width, ox = i % g.out_width;
        int top = oy * g.stride - g.padding, left = ox * g.stride - g.padding;
        float sum = 0.0f;
        for (int iy = max(top, 0); iy < min(top + g.kernel, g.height); iy++)
            for (int ix = max(left, 0); ix < min(left + g.kernel, g.width); ix++) sum += plane[(size_t)iy * g.width + ix];
        y[i] = sum / (covered(oy, g.height, g) * covered(ox, g.width, g));
    }
}

// dx[i] += an equal share of the slope of each window that covers the pixel.
extern "C" __global__ void pool_mean_input(const float *dy, float *dx, Pool g)
{
    int pixels = g.height * g.width, windows = g.out_height * g.out_width;
    EACH(i, g.planes * pixels) {
        int pixel = i % pixels, iy = pixel / g.width, ix = pixel % g.width;
        size_t plane = (size_t)(i / pixels) * windows;
        float sum = 0.0f;
        for (int oy = first_window(iy, g); oy < end_window(iy, g.out_height, g); oy++)
            for (int ox = first_window(ix, g); ox < end_window(ix, g.out_width, g); ox++)
                sum += dy[plane + oy * g.out_width + ox] / (covered(oy, g.height, g) * covered(ox, g.width, g));
        dx[i] += sum;
    }
}
