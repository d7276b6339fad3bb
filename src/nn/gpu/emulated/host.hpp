// The host as a GPU: what stands before the kernels' source when a C++ compiler builds it.
//
// Blocks run one after the other. The threads of a block either run one after the other too, or, where they work together, as fibers that
// take turns: each goes on to the next __syncthreads(), and the round ends when all have come there. Threads take their turns in ascending
// or in descending order; a kernel whose result depends on that order has a race.

// Its check of longjmp takes a change of stacks for an error.
#undef _FORTIFY_SOURCE

#include <cmath>
#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <utility>
#include <vector>
#include <ucontext.h>

struct Place {
    unsigned x = 0, y = 0, z = 0;
};
static Place threadIdx, blockIdx, blockDim, gridDim;

#define __global__
#define __device__ static inline
#define __shared__ static

static inline float __int_as_float(unsigned bits) {
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

namespace emulation {

// A thread with a stack of its own. It is made once, and runs the body of one block after the other.
struct Fiber {
    ucontext_t start;
    jmp_buf place;
    std::vector<char> stack = std::vector<char>(64 * 1024);
    bool started = false, done = false;
};

static std::vector<Fiber> fibers;
static jmp_buf scheduler;
static unsigned current = 0;
static bool together = false;
static const std::function<void()>* body = nullptr;

[[noreturn]] static void refuse(const char* why) {
    std::fprintf(stderr, "kernel, block %u, thread %u: %s\n", blockIdx.x, threadIdx.x, why);
    std::abort();
}

// Back to the scheduler until the next turn. (swapcontext would do, with two system calls a turn.)
static void give_way() {
    if (_setjmp(fibers[current].place) == 0) _longjmp(scheduler, 1);
}

static void run_fiber() {
    for (;;) {
        (*body)();
        fibers[current].done = true;
        give_way();
    }
}

static void take_turn(Fiber& fiber) {
    if (_setjmp(scheduler) != 0) return;
    if (fiber.started) _longjmp(fiber.place, 1);
    fiber.started = true;
    getcontext(&fiber.start);
    fiber.start.uc_stack.ss_sp = fiber.stack.data();
    fiber.start.uc_stack.ss_size = fiber.stack.size();
    fiber.start.uc_link = nullptr;
    makecontext(&fiber.start, run_fiber, 0);
    setcontext(&fiber.start);
}

// The threads of one block, until all have returned.
static void run_together(unsigned threads, bool descending) {
    if (fibers.empty()) fibers = std::vector<Fiber>(threads);
    if (fibers.size() != threads) refuse("blocks whose threads work together are all of one size");
    for (Fiber& fiber : fibers) fiber.done = false;
    for (unsigned left = threads; left > 0;) {
        const unsigned before = left;
        for (unsigned turn = 0; turn < threads; turn++) {
            current = descending ? threads - 1 - turn : turn;
            threadIdx.x = current;
            take_turn(fibers[current]);
            if (fibers[current].done) left--;
        }
        if (left != 0 && left != before) refuse("some threads of the block returned where others wait for them");
    }
}

static void launch(unsigned blocks, unsigned threads, bool as_block, bool descending, const std::function<void()>& kernel) {
    together = as_block;
    body = &kernel;
    gridDim.x = blocks;
    blockDim.x = threads;
    for (unsigned b = 0; b < blocks; b++) {
        blockIdx.x = descending ? blocks - 1 - b : b;
        if (together) {
            run_together(threads, descending);
            continue;
        }
        for (unsigned t = 0; t < threads; t++) {
            threadIdx.x = descending ? threads - 1 - t : t;
            kernel();
        }
    }
}

// The letter by which a parameter's type is told: see `Argument` in mod.rs.
template <class T> struct Letter;
template <> struct Letter<const float*> { static constexpr char value = 'f'; };
template <> struct Letter<float*> { static constexpr char value = 'F'; };
template <> struct Letter<const unsigned*> { static constexpr char value = 'u'; };
template <> struct Letter<unsigned*> { static constexpr char value = 'U'; };
template <> struct Letter<int> { static constexpr char value = 'i'; };
template <> struct Letter<float> { static constexpr char value = 'x'; };

template <class... A> static const char* signature(void (*)(A...)) {
    static const char letters[] = {Letter<A>::value..., 0};
    return letters;
}

template <class... A, std::size_t... I> static void call(void (*kernel)(A...), void** arguments, std::index_sequence<I...>) {
    kernel(*static_cast<A*>(arguments[I])...);
}

template <class... A> static void call(void (*kernel)(A...), void** arguments) {
    call(kernel, arguments, std::index_sequence_for<A...>());
}

}  // namespace emulation

static inline void __syncthreads() {
    using namespace emulation;
    if (!together) refuse("__syncthreads() in a kernel whose threads do not work together");
    give_way();
}

#define EXPORT(kernel)                                                                                                       \
    extern "C" const char* signature_##kernel() { return emulation::signature(kernel); }                                     \
    extern "C" void launch_##kernel(unsigned blocks, unsigned threads, int as_block, int descending, void** arguments) {     \
        emulation::launch(blocks, threads, as_block, descending, [=] { emulation::call(kernel, arguments); });               \
    }

