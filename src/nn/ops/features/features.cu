// A token's features: its word's row of a table, and the max over time of a convolution over its characters.
//
// The characters of all spellings of a batch lie one after the other; `ends` says where each spelling's end. Position p of a spelling of n
// characters (n is at least 1: an empty one counts as a character of zeros) reads the characters p - left ... p - left + window - 1, those
// beyond its ends being zeros.

// vectors (characters x width): rows of the table, times the mask if there is one.
extern "C" __global__ void char_vectors(
    float* vectors, const float* table, const float* mask, const unsigned* characters, int width, int n) {
    EACH(i, n);
    const float value = table[(size_t)characters[i / width] * width + i % width];
    vectors[i] = mask ? value * mask[i] : value;
}

// Greatest response of each filter to each spelling, plus the bias, and the position where it was: the first of equals. What is not a number
// wins, so that it is seen at the loss.
extern "C" __global__ void char_peaks(
    float* peaks, unsigned* winners, const float* vectors, const unsigned* ends, const float* filters, const float* bias, int width,
    int window, int count, int n) {
    EACH(i, n);
    const int spelling = i / count, filter = i % count;
    const int start = start_of(ends, spelling), length = (int)ends[spelling] - start;
    const float* weights = filters + (size_t)filter * window * width;
    float best = negative_infinity();
    unsigned winner = 0;
    for (int p = 0; p == 0 || p < length; p++) {
        float response = 0.0f;
        for (int k = 0; k < window; k++) {
            const int at = p + k - (window - 1) / 2;
            if (at < 0 || at >= length) continue;
            const float* vector = vectors + (size_t)(start + at) * width;
            for (int j = 0; j < width; j++) response += vector[j] * weights[k * width + j];
        }
        if ((response > best || response != response) && best == best) {
            best = response;
            winner = p;
        }
    }
    peaks[i] = best + bias[filter];
    winners[i] = winner;
}

// x (tokens x (word + count)): the word's row beside its spelling's peaks.
extern "C" __global__ void features(
    float* x, const float* table, const float* peaks, const unsigned* words, const unsigned* spelling, int word, int count, int n) {
    EACH(i, n);
    const int token = i / (word + count), k = i % (word + count);
    x[i] = k < word ? table[(size_t)words[token] * word + k] : peaks[(size_t)spelling[token] * count + k - word];
}

// to[key] += the sum of `columns` values, from column `first` on, of the rows `places` of that key; a thread for each key and column.
// With `factors` (one a value of those columns) each is multiplied first.
extern "C" __global__ void add_grouped(
    float* to, const float* from, const float* factors, const unsigned* keys, const unsigned* ends, const unsigned* places, int columns,
    int stride, int first, int n) {
    EACH(i, n);
    const int group = i / columns, k = i % columns;
    float sum = 0.0f;
    for (int p = start_of(ends, group); p < (int)ends[group]; p++) {
        const float value = from[(size_t)places[p] * stride + first + k];
        sum += factors ? value * factors[(size_t)places[p] * columns + k] : value;
    }
    to[(size_t)keys[group] * columns + k] += sum;
}

// g_filters (count x window width) += of each spelling the gradient of its peak times the window that won; a thread for each weight.
extern "C" __global__ void char_filters_backward(
    float* g_filters, const float* g_peaks, const unsigned* winners, const float* vectors, const unsigned* ends, int width, int window,
    int count, int spellings) {
    EACH(i, count * window * width);
    const int filter = i / (window * width), k = i / width % window, j = i % width;
    float sum = 0.0f;
    for (int s = 0; s < spellings; s++) {
        const int start = start_of(ends, s), length = (int)ends[s] - start;
        const int at = (int)winners[s * count + filter] + k - (window - 1) / 2;
        if (at >= 0 && at < length) sum += g_peaks[s * count + filter] * vectors[(size_t)(start + at) * width + j];
    }
    g_filters[i] += sum;
}

// g_vectors (characters x width): of each filter whose winning window has the character; `owners` has each character's spelling.
extern "C" __global__ void char_vectors_backward(
    float* g_vectors, const float* g_peaks, const unsigned* winners, const unsigned* owners, const unsigned* ends, const float* filters,
    int width, int window, int count, int n) {
    EACH(i, n);
    const int character = i / width, j = i % width;
    const int spelling = owners[character];
    const int place = character - start_of(ends, spelling);
    float sum = 0.0f;
    for (int filter = 0; filter < count; filter++) {
        const int k = place - (int)winners[spelling * count + filter] + (window - 1) / 2;
        if (k >= 0 && k < window) sum += g_peaks[spelling * count + filter] * filters[((size_t)filter * window + k) * width + j];
    }
    g_vectors[i] = sum;
}

