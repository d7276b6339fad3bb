// A CUDA driver, cuBLAS and run-time compiler that do their work on the host: as much of them as mermen, dfdx and cudarc call.
//
// With it the whole program runs as it would on a GPU, launch for launch and copy for copy; only the GPU is missing. Memory starts as NaN
// and has guards on either side, which are looked at when it is freed. What the environment may ask for: EMULATED_GPUS, how many there are
// [default: 1]; EMULATED_GPU_KIB, how much memory one has [default: no limit]; EMULATED_INIT, what cuInit answers [default: 0].
//
// HOST_HPP and COMPILER are given by the build: what stands before the kernels' source, and what compiles it.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

enum Answer { SUCCESS = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NO_DEVICE = 100, INVALID_DEVICE = 101, INVALID_IMAGE = 200, NOT_FOUND = 500 };

using Pointer = unsigned long long;
using Launch = void (*)(unsigned, unsigned, int, int, void**);

long setting(const char* name, long otherwise) {
    const char* text = std::getenv(name);
    return text ? std::atol(text) : otherwise;
}

[[noreturn]] void refuse(const std::string& why) {
    std::fprintf(stderr, "emulated driver: %s\n", why.c_str());
    std::abort();
}

// ---- memory

constexpr std::size_t GUARD = 64;
std::map<Pointer, std::size_t> allocations;
std::size_t in_use = 0;
std::mutex memory;

int allocate(Pointer* pointer, std::size_t bytes) {
    const std::lock_guard<std::mutex> lock(memory);
    const long limit = setting("EMULATED_GPU_KIB", 0);
    if (limit > 0 && in_use + bytes > static_cast<std::size_t>(limit) << 10) return OUT_OF_MEMORY;
    char* all = static_cast<char*>(std::malloc(bytes + 2 * GUARD));
    if (!all) return OUT_OF_MEMORY;
    // NaN as a float, and an index far beyond anything.
    std::memset(all, 0xff, bytes + 2 * GUARD);
    *pointer = reinterpret_cast<Pointer>(all + GUARD);
    allocations[*pointer] = bytes;
    in_use += bytes;
    return SUCCESS;
}

int release(Pointer pointer) {
    const std::lock_guard<std::mutex> lock(memory);
    const auto found = allocations.find(pointer);
    if (found == allocations.end()) return INVALID_VALUE;
    const std::size_t bytes = found->second;
    const unsigned char* all = reinterpret_cast<unsigned char*>(pointer) - GUARD;
    for (std::size_t i = 0; i < GUARD; i++) {
        if (all[i] != 0xff || all[GUARD + bytes + i] != 0xff) refuse("something wrote beside its memory");
    }
    allocations.erase(found);
    in_use -= bytes;
    std::free(const_cast<unsigned char*>(all));
    return SUCCESS;
}

template <class T> T* at(Pointer pointer) { return reinterpret_cast<T*>(pointer); }

// Whether these bytes lie in one piece of memory that was asked for.
bool within(Pointer pointer, std::size_t bytes) {
    const std::lock_guard<std::mutex> lock(memory);
    auto after = allocations.upper_bound(pointer);
    if (after == allocations.begin()) return false;
    --after;
    return pointer + bytes <= after->first + after->second;
}

int copy(Pointer to, Pointer from, std::size_t bytes) {
    std::memcpy(at<void>(to), at<void>(from), bytes);
    return SUCCESS;
}

// ---- kernels

// A function of this crate's kernels, or the name of one of dfdx's.
struct Function {
    Launch launch = nullptr;
    std::string name;
};

template <class T> T argument(void** arguments, int i) { return *static_cast<T*>(arguments[i]); }

// dfdx's SGD step, as its sgd.cu has it.
void dfdx_sgd(void** arguments) {
    struct Config {
        double rate;
        int momentum_kind;
        double momentum;
        int decay_kind;
        double decay;
    };
    const Config config = argument<Config>(arguments, 0);
    const std::size_t n = argument<std::size_t>(arguments, 1);
    float *parameter = at<float>(argument<Pointer>(arguments, 2)), *velocity = at<float>(argument<Pointer>(arguments, 3));
    const float* gradient = at<float>(argument<Pointer>(arguments, 4));
    for (std::size_t i = 0; i < n; i++) {
        float g = gradient[i], v = velocity[i];
        if (config.decay_kind == 1) g += static_cast<float>(config.decay) * parameter[i];
        if (config.momentum_kind == 1) {
            v = g + static_cast<float>(config.momentum) * v;
            g = v;
        }
        velocity[i] = v;
        parameter[i] -= g * static_cast<float>(config.rate);
    }
}

// dfdx's addition of two scalars: a null pointer stands for the result's own value.
void dfdx_add(void** arguments) {
    if (argument<std::size_t>(arguments, 2) != 0) refuse("dfdx adds something other than scalars");
    const float *x = at<float>(argument<Pointer>(arguments, 4)), *y = at<float>(argument<Pointer>(arguments, 5));
    float* sum = at<float>(argument<Pointer>(arguments, 6));
    *sum = (x ? *x : *sum) + (y ? *y : *sum);
}

// The gradient of one summand, which is that argument.
void dfdx_add_backward(void** arguments, int summand) {
    if (argument<std::size_t>(arguments, 1) != 1) refuse("dfdx adds something other than scalars");
    *at<float>(argument<Pointer>(arguments, summand)) += *at<float>(argument<Pointer>(arguments, 8));
}

void launch_of_dfdx(const std::string& name, void** arguments) {
    if (name == "sgd_update_f32") return dfdx_sgd(arguments);
    if (name == "badd_fwd_f32") return dfdx_add(arguments);
    if (name == "badd_bwd_lhs_f32") return dfdx_add_backward(arguments, 5);
    if (name == "badd_bwd_rhs_f32") return dfdx_add_backward(arguments, 6);
    refuse("dfdx launches " + name + ", which is not emulated");
}

// ---- run-time compiler

struct Program {
    std::string source, log, library;
};

// `EXPORT(name)` for each kernel.
std::string exports(const std::string& source) {
    static const std::string declaration = "__global__ void ";
    std::string all;
    for (std::size_t found = source.find(declaration); found != std::string::npos; found = source.find(declaration, found)) {
        found += declaration.size();
        all += "EXPORT(" + source.substr(found, source.find('(', found) - found) + ")\n";
    }
    return all;
}

int compile(Program& program) {
    char folder[] = "/tmp/emulated-kernels-XXXXXX";
    if (!mkdtemp(folder)) return 11;
    const std::string base = std::string(folder) + "/kernels";
    std::ofstream(base + ".cpp") << "#include \"" HOST_HPP "\"\n" << program.source << exports(program.source);
    const std::string command = COMPILER " -std=c++17 -O2 -shared -fPIC -w -o " + base + ".so " + base + ".cpp 2>" + base + ".log";
    const int failed = std::system(command.c_str());
    std::stringstream log;
    log << std::ifstream(base + ".log").rdbuf();
    program.log = log.str();
    program.library = base + ".so";
    return failed ? 6 : 0;
}

}  // namespace

extern "C" {

int cuInit(unsigned) { return static_cast<int>(setting("EMULATED_INIT", SUCCESS)); }

int cuDeviceGetCount(int* count) {
    *count = static_cast<int>(setting("EMULATED_GPUS", 1));
    return SUCCESS;
}

int cuDeviceGet(int* device, int ordinal) {
    *device = ordinal;
    return ordinal < setting("EMULATED_GPUS", 1) ? SUCCESS : INVALID_DEVICE;
}

int cuDeviceGetAttribute(int* value, int, int) {
    *value = 1;
    return SUCCESS;
}

int cuDeviceGetDefaultMemPool(void** pool, int) {
    *pool = nullptr;
    return SUCCESS;
}
int cuMemPoolSetAttribute(void*, int, void*) { return SUCCESS; }
int cuDevicePrimaryCtxRetain(void** context, int) {
    *context = context;
    return SUCCESS;
}
int cuDevicePrimaryCtxRelease_v2(int) { return SUCCESS; }
int cuCtxSetCurrent(void*) { return SUCCESS; }
int cuEventCreate(void** event, unsigned) {
    *event = event;
    return SUCCESS;
}
int cuEventRecord(void*, void*) { return SUCCESS; }
int cuEventDestroy_v2(void*) { return SUCCESS; }
int cuStreamCreate(void** stream, unsigned) {
    *stream = stream;
    return SUCCESS;
}
int cuStreamWaitEvent(void*, void*, unsigned) { return SUCCESS; }
int cuStreamSynchronize(void*) { return SUCCESS; }
int cuStreamDestroy_v2(void*) { return SUCCESS; }

int cuGetErrorName(int error, const char** name) {
    static thread_local char text[32];
    std::snprintf(text, sizeof text, "error %d", error);
    *name = text;
    return SUCCESS;
}
int cuGetErrorString(int error, const char** text) { return cuGetErrorName(error, text); }

int cuMemAlloc_v2(Pointer* pointer, std::size_t bytes) { return bytes ? allocate(pointer, bytes) : INVALID_VALUE; }
int cuMemAllocAsync(Pointer* pointer, std::size_t bytes, void*) { return allocate(pointer, bytes); }
int cuMemFree_v2(Pointer pointer) { return release(pointer); }
int cuMemFreeAsync(Pointer pointer, void*) { return release(pointer); }

int cuMemsetD8Async(Pointer to, unsigned char value, std::size_t bytes, void*) {
    if (!within(to, bytes)) return INVALID_VALUE;
    std::memset(at<void>(to), value, bytes);
    return SUCCESS;
}
int cuMemcpyHtoDAsync_v2(Pointer to, const void* from, std::size_t bytes, void*) {
    return within(to, bytes) ? copy(to, reinterpret_cast<Pointer>(from), bytes) : INVALID_VALUE;
}
int cuMemcpyDtoHAsync_v2(void* to, Pointer from, std::size_t bytes, void*) {
    return within(from, bytes) ? copy(reinterpret_cast<Pointer>(to), from, bytes) : INVALID_VALUE;
}
int cuMemcpyDtoDAsync_v2(Pointer to, Pointer from, std::size_t bytes, void*) {
    return within(to, bytes) && within(from, bytes) ? copy(to, from, bytes) : INVALID_VALUE;
}

// What the compiler below calls PTX is the path of a library; dfdx's own PTX is not read.
int cuModuleLoadData(void** module, const void* image) {
    const char* text = static_cast<const char*>(image);
    *module = nullptr;
    if (text[0] != '/' || text[1] == '/') return SUCCESS;
    *module = dlopen(text, RTLD_NOW | RTLD_LOCAL);
    return *module ? SUCCESS : INVALID_IMAGE;
}
int cuModuleUnload(void*) { return SUCCESS; }

int cuModuleGetFunction(void** function, void* module, const char* name) {
    Function* found = new Function{nullptr, name};
    if (module) {
        found->launch = reinterpret_cast<Launch>(dlsym(module, (std::string("launch_") + name).c_str()));
        if (!found->launch) return NOT_FOUND;
    }
    *function = found;
    return SUCCESS;
}

int cuLaunchKernel(
    void* function, unsigned blocks, unsigned, unsigned, unsigned threads, unsigned, unsigned, unsigned, void*, void** arguments, void**) {
    static std::mutex turn;
    const std::lock_guard<std::mutex> lock(turn);
    const Function* kernel = static_cast<Function*>(function);
    if (blocks == 0 || threads == 0) return INVALID_VALUE;
    if (!kernel->launch) {
        launch_of_dfdx(kernel->name, arguments);
    } else {
        // 128 threads: a block whose threads work together, as `Grid::Rows` has it.
        kernel->launch(blocks, threads, threads == 128, 0, arguments);
    }
    return SUCCESS;
}

int cublasCreate_v2(void** handle) {
    *handle = handle;
    return SUCCESS;
}
int cublasDestroy_v2(void*) { return SUCCESS; }
int cublasSetStream_v2(void*, void*) { return SUCCESS; }

// c = alpha op(a) op(b) + beta c, all matrices being stored by columns.
int cublasSgemm_v2(
    void*, int op_a, int op_b, int m, int n, int k, const float* alpha, const float* a, int lda, const float* b, int ldb, const float* beta,
    float* c, int ldc) {
    const int rows_a = op_a ? k : m, rows_b = op_b ? n : k;
    const auto least = [](int rows) { return rows > 1 ? rows : 1; };
    if (m < 0 || n < 0 || k < 0 || lda < least(rows_a) || ldb < least(rows_b) || ldc < least(m)) return 7;
    const auto bytes = [](int rows, int columns, int stride) { return columns ? ((columns - 1) * std::size_t(stride) + rows) * 4 : 0; };
    const bool inside = within(reinterpret_cast<Pointer>(a), bytes(rows_a, op_a ? m : k, lda)) &&
                        within(reinterpret_cast<Pointer>(b), bytes(rows_b, op_b ? k : n, ldb)) &&
                        within(reinterpret_cast<Pointer>(c), bytes(m, n, ldc));
    if (!inside) refuse("a matrix product reaches beyond its memory");
    for (int j = 0; j < n; j++) {
        for (int i = 0; i < m; i++) {
            float sum = 0.0f;
            for (int q = 0; q < k; q++) {
                sum += (op_a ? a[i * std::size_t(lda) + q] : a[q * std::size_t(lda) + i]) *
                       (op_b ? b[q * std::size_t(ldb) + j] : b[j * std::size_t(ldb) + q]);
            }
            float* target = c + j * std::size_t(ldc) + i;
            *target = *alpha * sum + (*beta == 0.0f ? 0.0f : *beta * *target);
        }
    }
    return SUCCESS;
}

int nvrtcCreateProgram(void** program, const char* source, const char*, int, const char* const*, const char* const*) {
    *program = new Program{source, "", ""};
    return SUCCESS;
}
int nvrtcDestroyProgram(void** program) {
    delete static_cast<Program*>(*program);
    *program = nullptr;
    return SUCCESS;
}
int nvrtcCompileProgram(void* program, int, const char* const*) { return compile(*static_cast<Program*>(program)); }

int nvrtcGetProgramLogSize(void* program, std::size_t* size) {
    *size = static_cast<Program*>(program)->log.size() + 1;
    return SUCCESS;
}
int nvrtcGetProgramLog(void* program, char* log) {
    std::strcpy(log, static_cast<Program*>(program)->log.c_str());
    return SUCCESS;
}
int nvrtcGetPTXSize(void* program, std::size_t* size) {
    *size = static_cast<Program*>(program)->library.size() + 1;
    return SUCCESS;
}
int nvrtcGetPTX(void* program, char* ptx) {
    std::strcpy(ptx, static_cast<Program*>(program)->library.c_str());
    return SUCCESS;
}

}  // extern "C"
