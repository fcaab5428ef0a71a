// NVIDIA's driver, emulated: memory is that of the CPU, and a kernel is looked up by its name among those that `shim.h`
// runs. `emulate.sh` puts the kernels in front of this text, and behind it a refusal for every other function of CUDA.

#define API extern "C" int

static void *const HANDLE = (void *)8;

API cuInit(unsigned) { return 0; }
API cuDriverGetVersion(int *version) { *version = 12040; return 0; }
API cuDeviceGetCount(int *count) { *count = 1; return 0; }
API cuDeviceGet(int *device, int number) { *device = number; return 0; }
API cuDeviceGetName(char *text, int size, int) { strncpy(text, "an emulated GPU", size); return 0; }
API cuDeviceGetAttribute(int *value, int, int) { *value = 1; return 0; }
API cuDevicePrimaryCtxRetain(void **context, int) { *context = HANDLE; return 0; }
API cuDevicePrimaryCtxRelease_v2(int) { return 0; }
API cuCtxSetCurrent(void *) { return 0; }
API cuCtxGetCurrent(void **context) { *context = HANDLE; return 0; }
API cuEventCreate(void **event, unsigned) { *event = HANDLE; return 0; }
API cuEventRecord(void *, void *) { return 0; }
API cuEventDestroy_v2(void *) { return 0; }
API cuStreamCreate(void **stream, unsigned) { *stream = HANDLE; return 0; }
API cuStreamWaitEvent(void *, void *, unsigned) { return 0; }
API cuStreamSynchronize(void *) { return 0; }
API cuStreamDestroy_v2(void *) { return 0; }
API cublasCreate_v2(void **handle) { *handle = HANDLE; return 0; }
API cublasDestroy_v2(void *) { return 0; }
API cublasSetStream_v2(void *, void *) { return 0; }

// Fresh memory holds anything: here NaN.
API cuMemAllocAsync(uint64_t *at, size_t size, void *)
{
    *at = (uint64_t)malloc(size + 64);
    memset((void *)*at, 0xff, size);
    return 0;
}
API cuMemFreeAsync(uint64_t at, void *) { free((void *)at); return 0; }
API cuMemsetD8Async(uint64_t at, unsigned char value, size_t size, void *) { memset((void *)at, value, size); return 0; }
API cuMemcpyHtoDAsync_v2(uint64_t to, const void *from, size_t size, void *) { memcpy((void *)to, from, size); return 0; }
API cuMemcpyHtoD_v2(uint64_t to, const void *from, size_t size) { memcpy((void *)to, from, size); return 0; }
API cuMemcpyDtoHAsync_v2(void *to, uint64_t from, size_t size, void *) { memcpy(to, (void *)from, size); return 0; }
API cuMemcpyDtoH_v2(void *to, uint64_t from, size_t size) { memcpy(to, (void *)from, size); return 0; }
API cuMemcpyDtoDAsync_v2(uint64_t to, uint64_t from, size_t size, void *) { memcpy((void *)to, (void *)from, size); return 0; }

API nvrtcVersion(int *major, int *minor) { *major = 12; *minor = 4; return 0; }
API nvrtcCreateProgram(void **program, const char *, ...) { *program = HANDLE; return 0; }
API nvrtcCompileProgram(void *, int, const char **) { return 0; }
API nvrtcGetPTXSize(void *, size_t *size) { *size = 1; return 0; }
API nvrtcGetPTX(void *, char *text) { *text = 0; return 0; }
API nvrtcDestroyProgram(void **) { return 0; }

API cuModuleLoadData(void **module, const void *) { *module = HANDLE; return 0; }
API cuModuleUnload(void *) { return 0; }
API cuModuleGetFunction(void **function, void *, const char *name) { *function = strdup(name); return 0; }
API cuLaunchKernel(const char *name, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned, void *,
                   void **arguments, void **)
{
    unsigned grid[3] = { gx, gy, gz }, block[3] = { bx, by, bz };
    auto kernel = kernels().find(name);
    if (kernel == kernels().end()) { fprintf(stderr, "no kernel %s\n", name); return 500; }
    return shim_launch(name, grid, block, arguments, kernel->second.count, 0);
}

static int refuse(const char *name) { fprintf(stderr, "%s is not emulated\n", name); return 999; }
