// Looking rows up.

extern "C" __global__ void embedding_forward(const int *rows, const float *weight, float *y, int n, int width)
{
    EACH(i, n) y[i] = weight[(size_t)rows[i / width] * width + i % width];
}

// Each row of the table gets the sum of what came to the places where it was read, in their order: `starts[row]` up to
// `starts[row + 1]` in `places`. A thread for each number of the table.
extern "C" __global__ void embedding_weight(const float *dy, const int *starts, const int *places, float *dweight, int n, int width)
{
    EACH(i, n) {
        int row = i / width, column = i % width;
        float sum = 0.0f;
        for (int at = starts[row]; at < starts[row + 1]; at++) sum += dy[(size_t)places[at] * width + column];
        dweight[i] += sum;
    }
}
