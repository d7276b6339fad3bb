// A bidirectional LSTM layer over a packed batch. Both directions go through the same launches: direction 0 reads forwards, 1 backwards.
// Of each the gates (tokens x 4h) and the cells (tokens x h) lie one after the other; v (tokens x 2h) holds both states side by side.

// Where a direction is at one of its steps: its first row and the rows alive, the first row of the step it read before and the rows that go
// on from there, and the same of the step it reads after.
struct Step {
    int row, alive;
    int before, continuing;
    int after, going_on;
};

__device__ Step pick(int direction, Step forward, Step backward) { return direction == 0 ? forward : backward; }

// One step of both directions: a thread for each row alive and unit. `gates` holds x Wx + b and is left with the activated gates.
extern "C" __global__ void lstm_step(
    float* gates, float* cells, float* cell_tanhs, float* v, const float* recurrent0, const float* recurrent1, int tokens, int h,
    int row0, int alive0, int before0, int continuing0, int row1, int alive1, int before1, int continuing1) {
    EACH(i, (alive0 + alive1) * h);
    const int direction = i / h < alive0 ? 0 : 1;
    const Step at = pick(direction, {row0, alive0, before0, continuing0, 0, 0}, {row1, alive1, before1, continuing1, 0, 0});
    const int r = direction == 0 ? i / h : i / h - alive0;
    const int j = i % h;
    const size_t own = (size_t)direction * tokens + at.row + r;
    float* gate = gates + own * 4 * h;
    float z_i = gate[j], z_f = gate[h + j], z_g = gate[2 * h + j], z_o = gate[3 * h + j];
    float carried = 0.0f;
    if (r < at.continuing) {
        const float* recurrent = direction == 0 ? recurrent0 : recurrent1;
        const float* state = v + (size_t)(at.before + r) * 2 * h + direction * h;
        for (int k = 0; k < h; k++) {
            const float* row = recurrent + (size_t)k * 4 * h;
            z_i += state[k] * row[j];
            z_f += state[k] * row[h + j];
            z_g += state[k] * row[2 * h + j];
            z_o += state[k] * row[3 * h + j];
        }
        carried = cells[((size_t)direction * tokens + at.before + r) * h + j];
    }
    const float in = sigmoid(z_i), forget = sigmoid(z_f), candidate = tanhf(z_g), out = sigmoid(z_o);
    const float cell = in * candidate + forget * carried;
    const float squashed = tanhf(cell);
    gate[j] = in;
    gate[h + j] = forget;
    gate[2 * h + j] = candidate;
    gate[3 * h + j] = out;
    cells[own * h + j] = cell;
    cell_tanhs[own * h + j] = squashed;
    v[(size_t)(at.row + r) * 2 * h + direction * h + j] = out * squashed;
}

// The state before each token, of both directions: zero at a sentence's first. `before` has the row, or NONE.
extern "C" __global__ void lstm_previous(float* previous, const float* v, const unsigned* before, int tokens, int h) {
    EACH(i, 2 * tokens * h);
    const int direction = i / (tokens * h);
    const unsigned row = before[i / h];
    previous[i] = row == NONE ? 0.0f : v[(size_t)row * 2 * h + direction * h + i % h];
}

// The reverse of lstm_step, in the reverse order of steps. `gates` holds the activated gates and is left with dz; `carried` (directions x
// sentences x h) takes dc from a step to the one read before it; `transposed` is the recurrent matrix as 4h x h.
extern "C" __global__ void lstm_step_backward(
    float* gates, float* carried, const float* cells, const float* cell_tanhs, const float* gv, const float* transposed0,
    const float* transposed1, int tokens, int sentences, int h, int row0, int alive0, int before0, int continuing0, int after0,
    int going_on0, int row1, int alive1, int before1, int continuing1, int after1, int going_on1) {
    EACH(i, (alive0 + alive1) * h);
    const int direction = i / h < alive0 ? 0 : 1;
    const Step at =
        pick(direction, {row0, alive0, before0, continuing0, after0, going_on0}, {row1, alive1, before1, continuing1, after1, going_on1});
    const int r = direction == 0 ? i / h : i / h - alive0;
    const int j = i % h;
    const size_t own = (size_t)direction * tokens + at.row + r;
    float d = gv[(size_t)(at.row + r) * 2 * h + direction * h + j];
    if (r < at.going_on) {
        // dh = dz of the step after, times the recurrent matrix transposed
        const float* transposed = direction == 0 ? transposed0 : transposed1;
        const float* dz = gates + ((size_t)direction * tokens + at.after + r) * 4 * h;
        float dh = 0.0f;
        for (int k = 0; k < 4 * h; k++) dh += dz[k] * transposed[(size_t)k * h + j];
        d += dh;
    }
    float* gate = gates + own * 4 * h;
    const float in = gate[j], forget = gate[h + j], candidate = gate[2 * h + j], out = gate[3 * h + j];
    const float squashed = cell_tanhs[own * h + j];
    float* carry = carried + ((size_t)direction * sentences + r) * h + j;
    const float dc = *carry + d * out * (1.0f - squashed * squashed);
    float df = 0.0f;
    if (r < at.continuing) df = dc * cells[((size_t)direction * tokens + at.before + r) * h + j] * forget * (1.0f - forget);
    *carry = r < at.continuing ? dc * forget : 0.0f;
    gate[j] = dc * candidate * in * (1.0f - in);
    gate[h + j] = df;
    gate[2 * h + j] = dc * in * (1.0f - candidate * candidate);
    gate[3 * h + j] = d * squashed * out * (1.0f - out);
}

