// Sums in a fixed order.

// to[i] += parts[0][i] + parts[1][i] + ...
extern "C" __global__ void add_parts(const float *parts, float *to, int count, int n)
{
    EACH(i, n) {
        float sum = 0.0f;
        for (int part = 0; part < count; part++) sum += parts[(size_t)part * n + i];
        to[i] += sum;
    }
}

// Sums over the rows of a table, in gridDim.y parts: parts[p][j] = the sum of x[i][j] over the rows of part p. A block has
// 32 columns and 8 rows side by side.
extern "C" __global__ void column_parts(const float *x, float *parts, int rows, int columns)
{
    __shared__ float sums[8][32];
    int lane = threadIdx.x % 32, line = threadIdx.x / 32;
    int column = blockIdx.x * 32 + lane;
    int share = (rows + gridDim.y - 1) / gridDim.y;
    int end = min(rows, (int)(blockIdx.y + 1) * share);
    float sum = 0.0f;
    if (column < columns)
        for (int row = blockIdx.y * share + line; row < end; row += 8) sum += x[(size_t)row * columns + column];
    sums[line][lane] = sum;
    __syncthreads();
    if (line == 0 && column < columns) {
        for (int i = 1; i < 8; i++) sum += sums[i][lane];
        parts[(size_t)blockIdx.y * columns + column] = sum;
    }
}

// y[i][j] += bias[j]
extern "C" __global__ void add_bias(float *y, const float *bias, int n, int columns)
{
    EACH(i, n) y[i] += bias[i % columns];
}
