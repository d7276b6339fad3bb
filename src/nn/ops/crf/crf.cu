// A linear-chain CRF over a packed batch: forward-backward in scaled probability space, as on the CPU (see cpu/posterior.rs), the gradient,
// and Viterbi decoding. Products with e^A are matrix products between these kernels; a block works on a sentence's row.

// Least mass of a step that is trusted; what is less is computed again in log space.
#define FAITHFUL 1e-20f

// Of each row: what its weights were divided by, as a logarithm; its forward and its backward mass, 0 where they cannot be trusted; the
// gold tag's three scores.
#define TERMS 6
enum Term { SHIFT, FORWARD_MASS, BACKWARD_MASS, ENTERED, EMITTED, ENDED };

__device__ float finite_or_zero(float top) { return top == negative_infinity() ? 0.0f : top; }

// False for what is not a number too.
__device__ bool faithful(float mass) { return mass >= FAITHFUL && mass < -negative_infinity(); }

// The largest transition, by one block.
extern "C" __global__ void crf_top(float* top, const float* transitions, int n) {
    float own = negative_infinity();
    ACROSS(i, n) own = larger(own, transitions[i]);
    own = block_max(own);
    if (threadIdx.x == 0) top[0] = finite_or_zero(own);
}

// e^(A - top)
extern "C" __global__ void crf_weights(float* weights, const float* transitions, const float* top, int n) {
    EACH(i, n);
    weights[i] = exp_or_zero(transitions[i] - top[0]);
}

// One step forward, from `sums` = alpha_(t-1) e^A of the rows alive: leaves alpha_t, and in `weights` the tokens' own weights. A block for each row
// alive, the first of which is `row`; of them `running` go on to a further step. Start and end scores are parts of the first and the last
// token's.
extern "C" __global__ void crf_forward(
    float* alpha, float* weights, float* terms, const float* sums, const float* emissions, const float* start, const float* end,
    const float* top, int row, int is_first, int running, int tags) {
    const size_t own = row + blockIdx.x;
    float *a = alpha + own * tags, *w = weights + own * tags;
    const float *e = emissions + own * tags, *sum = sums + (size_t)blockIdx.x * tags;
    const bool is_last = (int)blockIdx.x >= running;
    float shift = negative_infinity();
    ACROSS(k, tags) {
        float score = e[k];
        if (is_first) score += start[k];
        if (is_last) score += end[k];
        w[k] = score;
        shift = larger(shift, score);
    }
    shift = finite_or_zero(block_max(shift));
    float mass = 0.0f;
    ACROSS(k, tags) {
        w[k] = exp_or_zero(w[k] - shift);
        a[k] = is_first ? w[k] : sum[k] * w[k];
        mass += a[k];
    }
    mass = block_sum(mass);
    const bool trusted = faithful(mass);
    ACROSS(k, tags) a[k] = trusted ? a[k] * (1.0f / mass) : 0.0f;
    if (threadIdx.x == 0) {
        terms[own * TERMS + SHIFT] = is_first ? shift : shift + top[0];
        terms[own * TERMS + FORWARD_MASS] = trusted ? mass : 0.0f;
    }
}

// One step backward: `beta` holds, of the rows that go on, (w o beta) e^A^T of the step after, which starts at row `next`. Leaves the
// marginals, in alpha's rows of the step after the mass before the transition, and in `weights` w o beta. A block for each row alive.
extern "C" __global__ void crf_backward(
    float* alpha, float* weights, float* marginals, float* terms, const float* beta, int row, int next, int running, int tags) {
    const size_t own = row + blockIdx.x;
    const float *a = alpha + own * tags, *b = beta + (size_t)blockIdx.x * tags;
    float *w = weights + own * tags, *marginal = marginals + own * tags;
    if ((int)blockIdx.x >= running) {
        ACROSS(k, tags) marginal[k] = a[k];
        if (threadIdx.x == 0) terms[own * TERMS + BACKWARD_MASS] = 1.0f;
        return;
    }
    float mass = 0.0f, top = negative_infinity();
    ACROSS(k, tags) {
        mass += a[k] * b[k];
        top = larger(top, b[k]);
    }
    mass = block_sum(mass);
    top = block_max(top);
    const bool trusted = faithful(mass);
    float* before = alpha + (next + (size_t)blockIdx.x) * tags;
    ACROSS(k, tags) {
        const float share = trusted ? a[k] * (1.0f / mass) : 0.0f;
        before[k] = share;
        marginal[k] = trusted ? share * b[k] : 0.0f;
        w[k] = trusted ? w[k] * (b[k] * (1.0f / top)) : 0.0f;
    }
    if (threadIdx.x == 0) terms[own * TERMS + BACKWARD_MASS] = trusted ? mass : 0.0f;
}

// The scores of the gold tags; `left` is the tag before, or NONE at a sentence's first token; `last` says where a sentence ends.
extern "C" __global__ void crf_gold(
    float* terms, const float* emissions, const float* transitions, const float* start, const float* end, const unsigned* gold,
    const unsigned* left, const unsigned* last, int tags, int n) {
    EACH(row, n);
    const unsigned tag = gold[row];
    float* own = terms + (size_t)row * TERMS;
    own[ENTERED] = left[row] == NONE ? start[tag] : transitions[(size_t)left[row] * tags + tag];
    own[EMITTED] = emissions[(size_t)row * tags + tag];
    own[ENDED] = last[row] ? end[tag] : 0.0f;
}

// Rows whose sentences were computed elsewhere: their marginals are these, and they have no part in the batch's transition counts.
extern "C" __global__ void crf_replace(
    float* marginals, float* before, float* after, const float* replacement, const unsigned* rows, int tags, int n) {
    EACH(i, n);
    const size_t at = (size_t)rows[i / tags] * tags + i % tags;
    marginals[at] = replacement[i];
    before[at] = 0.0f;
    after[at] = 0.0f;
}

// Gradient of the emissions: marginals less gold, times the factor.
extern "C" __global__ void crf_emissions_backward(
    float* gradients, const float* marginals, const unsigned* gold, float factor, int tags, int n) {
    EACH(i, n);
    gradients[i] += factor * (marginals[i] - (i % tags == (int)gold[i / tags] ? 1.0f : 0.0f));
}

// Gradients of the start and the end scores: a thread for each tag. A sentence's first row is its number; `last_rows` has its last.
extern "C" __global__ void crf_ends_backward(
    float* g_start, float* g_end, const float* marginals, const unsigned* gold, const unsigned* last_rows, float factor, int sentences,
    int tags) {
    EACH(k, tags);
    float first = 0.0f, last = 0.0f;
    for (int r = 0; r < sentences; r++) {
        const unsigned end = last_rows[r];
        first += marginals[(size_t)r * tags + k] - (k == (int)gold[r] ? 1.0f : 0.0f);
        last += marginals[(size_t)end * tags + k] - (k == (int)gold[end] ? 1.0f : 0.0f);
    }
    g_start[k] += factor * first;
    g_end[k] += factor * last;
}

// gradients += factor * counts o weights
extern "C" __global__ void crf_transitions_backward(float* gradients, const float* counts, const float* weights, float factor, int n) {
    EACH(i, n);
    gradients[i] += factor * (counts[i] * weights[i]);
}

// Of each key, factor times as much as it stands in the list.
extern "C" __global__ void subtract_counts(float* gradients, const unsigned* keys, const unsigned* ends, float factor, int n) {
    EACH(i, n);
    gradients[keys[i]] -= factor * (float)((int)ends[i] - start_of(ends, i));
}

// The best score of a sequence that ends with each tag, less the tag's own score, and the tag before; a thread for each row and tag. Of
// equals the lowest tag before is taken.
extern "C" __global__ void viterbi_step(
    float* scores, unsigned* pointers, const float* transitions, int row, int previous, int tags, int n) {
    EACH(i, n);
    const int r = i / tags, entered = i % tags;
    const float* left = scores + (size_t)(previous + r) * tags;
    float best = negative_infinity();
    unsigned pointer = 0;
    for (int k = 0; k < tags; k++) {
        const float score = left[k] + transitions[(size_t)k * tags + entered];
        if (score > best) {
            best = score;
            pointer = k;
        }
    }
    const size_t at = (size_t)(row + r) * tags + entered;
    scores[at] = best;
    pointers[at] = pointer;
}

// Adds the tokens' own scores and takes the largest away; a block for each row alive.
extern "C" __global__ void viterbi_lower(
    float* scores, const float* emissions, const float* start, const float* end, int row, int is_first, int running, int tags) {
    const size_t own = (row + (size_t)blockIdx.x) * tags;
    float* score = scores + own;
    const bool is_last = (int)blockIdx.x >= running;
    float top = negative_infinity();
    ACROSS(k, tags) {
        float sum = (is_first ? start[k] : score[k]) + emissions[own + k];
        if (is_last) sum += end[k];
        score[k] = sum;
        top = larger(top, sum);
    }
    top = finite_or_zero(block_max(top));
    ACROSS(k, tags) score[k] -= top;
}

// Follows the pointers from each sentence's last token; a thread for each sentence.
extern "C" __global__ void viterbi_trace(
    unsigned* best, const float* scores, const unsigned* pointers, const unsigned* offsets, const unsigned* lengths, int tags, int n) {
    EACH(r, n);
    int t = (int)lengths[r] - 1;
    size_t row = (size_t)offsets[t] + r;
    unsigned tag = 0;
    float top = negative_infinity();
    for (int k = 0; k < tags; k++) {
        if (scores[row * tags + k] > top) {
            top = scores[row * tags + k];
            tag = k;
        }
    }
    best[row] = tag;
    while (t > 0) {
        tag = pointers[row * tags + tag];
        t--;
        row = (size_t)offsets[t] + r;
        best[row] = tag;
    }
}

