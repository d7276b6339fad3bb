// The heads are matrix products and rows.cu; these are the tanh layer's.

extern "C" __global__ void tanh_values(float* values, int n) {
    EACH(i, n);
    values[i] = tanhf(values[i]);
}

// gradients *= 1 - z^2, z being a tanh.
extern "C" __global__ void tanh_backward(float* gradients, const float* z, int n) {
    EACH(i, n);
    gradients[i] *= 1.0f - z[i] * z[i];
}

