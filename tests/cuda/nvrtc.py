"""Compiles all kernels of the crate with NVRTC, as the crate does at run time: no headers, no options but the architecture.

Called by `compile.sh` with the path of the library and the modules: texts with the shared one in front.
"""
import ctypes
import sys

nvrtc = ctypes.CDLL(sys.argv[1])
failed = 0
for path in sys.argv[2:]:
    text = open(path, "rb").read()
    for options in ([], [b"--gpu-architecture=compute_75"], [b"--gpu-architecture=compute_100"]):
        program = ctypes.c_void_p()
        assert nvrtc.nvrtcCreateProgram(ctypes.byref(program), text, None, 0, None, None) == 0
        given = (ctypes.c_char_p * len(options))(*options)
        answer = nvrtc.nvrtcCompileProgram(program, len(options), given)
        if answer:
            size = ctypes.c_size_t()
            nvrtc.nvrtcGetProgramLogSize(program, ctypes.byref(size))
            log = ctypes.create_string_buffer(size.value)
            nvrtc.nvrtcGetProgramLog(program, log)
            print(f"NVRTC refuses {path}, {options}:\n{log.value.decode()}")
            failed += 1
        nvrtc.nvrtcDestroyProgram(ctypes.byref(program))
print(f"NVRTC: {3 * len(sys.argv[2:]) - failed} compiled, {failed} failed")
sys.exit(failed > 0)
