// A dilated convolution over packed sentences: every token's taps side by side, and the rest is a matrix product.

// taps (tokens x window x width): row `sources[token, tap]` of x, or zeros where that is NONE.
extern "C" __global__ void gather_taps(float* taps, const float* x, const unsigned* sources, int width, int n) {
    EACH(i, n);
    const unsigned row = sources[i / width];
    taps[i] = row == NONE ? 0.0f : x[(size_t)row * width + i % width];
}

// gx (tokens x width) += the gradients of all taps that read the token: tap k of row `readers[token, k]`, where that is not NONE.
extern "C" __global__ void scatter_taps(float* gx, const float* taps, const unsigned* readers, int window, int width, int n) {
    EACH(i, n);
    const int token = i / width;
    float sum = 0.0f;
    for (int k = 0; k < window; k++) {
        const unsigned row = readers[token * window + k];
        if (row != NONE) sum += taps[((size_t)row * window + k) * width + i % width];
    }
    gx[i] += sum;
}

// y = max(0, y); what is not a number stays so.
extern "C" __global__ void rectify(float* y, int n) {
    EACH(i, n);
    if (y[i] < 0.0f) y[i] = 0.0f;
}

// y, the rectifier's result, becomes the gradient of its input.
extern "C" __global__ void rectify_backward(float* y, const float* gy, int n) {
    EACH(i, n);
    y[i] = y[i] > 0.0f ? gy[i] : 0.0f;
}

