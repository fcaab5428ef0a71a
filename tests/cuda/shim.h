// What CUDA C has and C++ has not, so that kernels can be compiled as C++ and run on the CPU.
//
// The threads of a block are fibers: each runs until it comes to a barrier, and the block goes on when all have come there.
// The order in which they run can be turned, and shared memory is filled with NaN before each block: a kernel that misses a
// barrier, or reads what it has not written, gives other numbers then.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>
#include <ucontext.h>

struct Index { unsigned x, y, z; };
static Index threadIdx, blockIdx, blockDim, gridDim;

#define __global__
#define __device__
#define __shared__ static __attribute__((section("shared_memory")))
extern "C" { extern char __start_shared_memory[], __stop_shared_memory[]; }

template <class T> static T min(T a, T b) { return b < a ? b : a; }
template <class T> static T max(T a, T b) { return a < b ? b : a; }

static const size_t STACK = 64 * 1024;
static ucontext_t block_context;
struct Fiber { ucontext_t context; bool done; Index thread; };
static std::vector<Fiber> fibers;
static Fiber *running;
static void (*body)(void **);
static void **arguments;

static void __syncthreads()
{
    Fiber *me = running;
    swapcontext(&me->context, &block_context);
    // Another thread ran meanwhile.
    threadIdx = me->thread;
}

static void start()
{
    body(arguments);
    running->done = true;
    swapcontext(&running->context, &block_context);
}

static void run_block(bool turned)
{
    static std::vector<char> stacks;
    size_t count = (size_t)blockDim.x * blockDim.y * blockDim.z;
    if (stacks.size() < count * STACK) stacks.resize(count * STACK);
    memset(__start_shared_memory, 0xff, __stop_shared_memory - __start_shared_memory);
    fibers.assign(count, Fiber());
    for (size_t i = 0; i < count; i++) {
        Fiber &fiber = fibers[i];
        fiber.done = false;
        fiber.thread = { (unsigned)(i % blockDim.x), (unsigned)(i / blockDim.x % blockDim.y), (unsigned)(i / blockDim.x / blockDim.y) };
        getcontext(&fiber.context);
        fiber.context.uc_stack.ss_sp = &stacks[i * STACK];
        fiber.context.uc_stack.ss_size = STACK;
        fiber.context.uc_link = nullptr;
        makecontext(&fiber.context, start, 0);
    }
    for (size_t left = count; left > 0;) {
        size_t waiting = 0;
        for (size_t j = 0; j < count; j++) {
            running = &fibers[turned ? count - 1 - j : j];
            if (running->done) continue;
            threadIdx = running->thread;
            swapcontext(&block_context, &running->context);
            if (running->done) left--;
            else waiting++;
        }
        if (waiting != 0 && waiting != left) { fprintf(stderr, "a barrier that not all threads reach\n"); abort(); }
        if (waiting != 0 && waiting != count) { fprintf(stderr, "a barrier that some threads left out\n"); abort(); }
    }
}

template <class T> static T argument(void *at) { T value; memcpy(&value, at, sizeof(T)); return value; }
template <class... P, size_t... I>
static void call(void (*kernel)(P...), void **args, std::index_sequence<I...>) { kernel(argument<std::remove_cv_t<std::remove_reference_t<P>>>(args[I])...); }
template <auto kernel> struct Entry;
template <class... P, void (*kernel)(P...)> struct Entry<kernel> {
    static void run(void **args) { call(kernel, args, std::index_sequence_for<P...>()); }
    static const size_t count = sizeof...(P);
};

struct Kernel { void (*run)(void **); size_t count; };
static std::map<std::string, Kernel> &kernels() { static std::map<std::string, Kernel> all; return all; }
#define REGISTER(name) static const bool registered_##name = (kernels()[#name] = { Entry<&name>::run, Entry<&name>::count }, true);

// As cuLaunchKernel: 0 where it worked.
extern "C" int shim_launch(const char *name, const unsigned *grid, const unsigned *block, void **args, size_t count, int turned)
{
    auto found = kernels().find(name);
    if (found == kernels().end()) return 500;
    if (found->second.count != count) return 1;
    if (block[0] * block[1] * block[2] > 1024 || !grid[0] || !grid[1] || !grid[2] || grid[1] > 65535 || grid[2] > 65535) return 9;
    gridDim = { grid[0], grid[1], grid[2] };
    blockDim = { block[0], block[1], block[2] };
    body = found->second.run;
    arguments = args;
    size_t blocks = (size_t)grid[0] * grid[1] * grid[2];
    for (size_t i = 0; i < blocks; i++) {
        size_t at = turned ? blocks - 1 - i : i;
        blockIdx = { (unsigned)(at % grid[0]), (unsigned)(at / grid[0] % grid[1]), (unsigned)(at / grid[0] / grid[1]) };
        run_block(turned);
    }
    return 0;
}
