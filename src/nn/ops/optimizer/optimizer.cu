// The optimizers' steps, which leave the gradients at zero, and sums of squares.

// sums[block] += the squares of the block's share of the values; a few blocks, whatever there is to sum.
extern "C" __global__ void add_squares(float* sums, const float* values, int n) {
    float sum = 0.0f;
    for (int i = blockIdx.x * THREADS + threadIdx.x; i < n; i += gridDim.x * THREADS) sum += values[i] * values[i];
    sum = block_sum(sum);
    if (threadIdx.x == 0) sums[blockIdx.x] += sum;
}

// Where value i of the listed rows lies in their table.
__device__ size_t in_table(const unsigned* rows, int width, int i) { return (size_t)rows[i / width] * width + i % width; }

// The same for some rows of a table.
extern "C" __global__ void add_squares_of_rows(float* sums, const float* values, const unsigned* rows, int width, int n) {
    float sum = 0.0f;
    for (int i = blockIdx.x * THREADS + threadIdx.x; i < n; i += gridDim.x * THREADS) {
        const float value = values[in_table(rows, width, i)];
        sum += value * value;
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0) sums[blockIdx.x] += sum;
}

__device__ void sgd_step(float* parameter, float* velocity, float* gradient, float rate, float momentum, float factor) {
    *velocity = momentum * *velocity + factor * *gradient;
    *parameter -= rate * *velocity;
    *gradient = 0.0f;
}

extern "C" __global__ void sgd(float* parameters, float* velocities, float* gradients, float rate, float momentum, float factor, int n) {
    EACH(i, n);
    sgd_step(parameters + i, velocities + i, gradients + i, rate, momentum, factor);
}

extern "C" __global__ void sgd_rows(
    float* parameters, float* velocities, float* gradients, const unsigned* rows, float rate, float momentum, float factor, int width,
    int n) {
    EACH(i, n);
    const size_t at = in_table(rows, width, i);
    sgd_step(parameters + at, velocities + at, gradients + at, rate, momentum, factor);
}

// Steps without gradient, all at once: each row has travelled so far along its velocity, which has decayed so much.
extern "C" __global__ void sgd_coast(
    float* parameters, float* velocities, const unsigned* rows, const float* travelled, const float* decay, int width, int n) {
    EACH(i, n);
    const size_t at = in_table(rows, width, i);
    parameters[at] -= travelled[i / width] * velocities[at];
    velocities[at] *= decay[i / width];
}

// `correction1` and `correction2` are 1 - beta^t.
extern "C" __global__ void adam(
    float* parameters, float* firsts, float* seconds, float* gradients, float rate, float beta1, float beta2, float epsilon, float factor,
    float correction1, float correction2, int n) {
    EACH(i, n);
    const float scaled = factor * gradients[i];
    const float first = beta1 * firsts[i] + (1.0f - beta1) * scaled;
    const float second = beta2 * seconds[i] + (1.0f - beta2) * scaled * scaled;
    firsts[i] = first;
    seconds[i] = second;
    parameters[i] -= rate * (first / correction1) / (sqrtf(second / correction2) + epsilon);
    gradients[i] = 0.0f;
}

