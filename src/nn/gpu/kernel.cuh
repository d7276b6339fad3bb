// What the kernels share. C++ that a host's compiler takes too, so that their arithmetic is tested without a GPU; no header is included,
// because the run-time compiler brings none.
//
// A kernel is launched in one of two ways: with a thread for each value (`EACH` gives its index), or with a block of THREADS for each row,
// whose threads stride over the row's values and join with `block_sum` and the like.

#define THREADS 128
#define NONE 0xffffffffu

// The thread's own index; threads beyond the last value have nothing to do.
#define EACH(i, n)                                         \
    const int i = blockIdx.x * blockDim.x + threadIdx.x;   \
    if (i >= (n)) return

// The values of a row (or column), shared out among the threads of a block.
#define ACROSS(k, width) for (int k = threadIdx.x; k < (width); k += THREADS)

__device__ float negative_infinity() { return __int_as_float(0xff800000); }

// Keeps the first where one is not a number.
__device__ float larger(float a, float b) { return b > a ? b : a; }

__device__ float sigmoid(float x) { return 1.0f / (1.0f + expf(-x)); }

// e^x for x <= 0, and exactly 0 where that is too small for a normal number.
__device__ float exp_or_zero(float x) { return x < -87.0f ? 0.0f : expf(x); }

// Where a group starts in a list of which `ends` says where each group ends.
__device__ int start_of(const unsigned* ends, int group) { return group == 0 ? 0 : ends[group - 1]; }

// The sum of every thread's value, given to all threads of the block.
__device__ float block_sum(float own) {
    __shared__ float lanes[THREADS];
    lanes[threadIdx.x] = own;
    __syncthreads();
    for (int half = THREADS / 2; half > 0; half /= 2) {
        if (threadIdx.x < half) lanes[threadIdx.x] += lanes[threadIdx.x + half];
        __syncthreads();
    }
    const float all = lanes[0];
    __syncthreads();
    return all;
}

// The largest of every thread's value that is a number.
__device__ float block_max(float own) {
    __shared__ float lanes[THREADS];
    lanes[threadIdx.x] = own;
    __syncthreads();
    for (int half = THREADS / 2; half > 0; half /= 2) {
        if (threadIdx.x < half) lanes[threadIdx.x] = larger(lanes[threadIdx.x], lanes[threadIdx.x + half]);
        __syncthreads();
    }
    const float all = lanes[0];
    __syncthreads();
    return all;
}

