// Values and rows of a matrix: sums, broadcasts, softmax.

// to += from
extern "C" __global__ void add(float* to, const float* from, int n) {
    EACH(i, n);
    to[i] += from[i];
}

// to += from * factors
extern "C" __global__ void add_product(float* to, const float* from, const float* factors, int n) {
    EACH(i, n);
    to[i] += from[i] * factors[i];
}

// values *= factors
extern "C" __global__ void multiply(float* values, const float* factors, int n) {
    EACH(i, n);
    values[i] *= factors[i];
}

// values *= factor
extern "C" __global__ void scale(float* values, float factor, int n) {
    EACH(i, n);
    values[i] *= factor;
}

extern "C" __global__ void fill(float* values, float value, int n) {
    EACH(i, n);
    values[i] = value;
}

// Each row = row.
extern "C" __global__ void fill_rows(float* rows, const float* row, int width, int n) {
    EACH(i, n);
    rows[i] = row[i % width];
}

// Each row += factor * row.
extern "C" __global__ void add_to_rows(float* rows, const float* row, float factor, int width, int n) {
    EACH(i, n);
    rows[i] += factor * row[i % width];
}

// sums += the sum of all rows; a block for each column.
extern "C" __global__ void add_column_sums(float* sums, const float* rows, int count, int width) {
    float sum = 0.0f;
    ACROSS(r, count) sum += rows[(size_t)r * width + blockIdx.x];
    sum = block_sum(sum);
    if (threadIdx.x == 0) sums[blockIdx.x] += sum;
}

extern "C" __global__ void transpose(float* to, const float* from, int rows, int columns) {
    EACH(i, rows * columns);
    to[(size_t)(i % columns) * rows + i / columns] = from[i];
}

// The largest value of a row.
__device__ float row_max(const float* row, int width) {
    float top = negative_infinity();
    ACROSS(k, width) top = larger(top, row[k]);
    return block_max(top);
}

// The sum of e^(x - top) over a row.
__device__ float row_exp_sum(const float* row, float top, int width) {
    float sum = 0.0f;
    ACROSS(k, width) sum += expf(row[k] - top);
    return block_sum(sum);
}

// Each row to its softmax; a block for each row.
extern "C" __global__ void softmax_rows(float* rows, int width) {
    float* row = rows + (size_t)blockIdx.x * width;
    const float top = row_max(row, width);
    const float all = row_exp_sum(row, top, width);
    ACROSS(k, width) row[k] = expf(row[k] - top) / all;
}

// Each row to its log-softmax; a block for each row.
extern "C" __global__ void log_softmax_rows(float* rows, int width) {
    float* row = rows + (size_t)blockIdx.x * width;
    const float top = row_max(row, width);
    const float shift = top + logf(row_exp_sum(row, top, width));
    ACROSS(k, width) row[k] -= shift;
}

// Each row to softmax(row) - onehot(gold), and its -log softmax(row)[gold] to `losses`; a block for each row.
extern "C" __global__ void nll_rows(float* rows, float* losses, const unsigned* gold, int width) {
    float* row = rows + (size_t)blockIdx.x * width;
    const float top = row_max(row, width);
    const float all = row_exp_sum(row, top, width);
    const int tag = gold[blockIdx.x];
    if (threadIdx.x == 0) losses[blockIdx.x] = logf(all) + (top - row[tag]);
    __syncthreads();
    ACROSS(k, width) row[k] = expf(row[k] - top) / all - (k == tag ? 1.0f : 0.0f);
}

// Rows of log-softmaxes to the gradient of their linear scores, d - softmax * sum(d); a block for each row.
extern "C" __global__ void log_softmax_backward_rows(float* rows, const float* gradients, int width) {
    float* row = rows + (size_t)blockIdx.x * width;
    const float* gradient = gradients + (size_t)blockIdx.x * width;
    float sum = 0.0f;
    ACROSS(k, width) sum += gradient[k];
    sum = block_sum(sum);
    ACROSS(k, width) row[k] = gradient[k] - expf(row[k]) * sum;
}

