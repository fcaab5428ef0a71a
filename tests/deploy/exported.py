"""Golden values for `exported.rs`: the ONNX files that gradus writes, checked and run by other programs.

Made with onnx 1.23.2, onnxruntime 1.32.0, numpy 2.4.6 and Python 3.11 on a CPU:

    mkdir /tmp/onnx
    GRADUS_ONNX=/tmp/onnx cargo test -p gradus-tests --test deploy write_files_for_python -- --ignored
    python tests/deploy/exported.py /tmp/onnx

`onnx.checker` reads each file with full shape inference; ONNX Runtime runs it with all of its own changes to the graph turned
off. The golden file keeps the input, its scores and the SHA-256 of the file.
"""

import hashlib
import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime

here = pathlib.Path(__file__).parent
folder = pathlib.Path(sys.argv[1])


def run(path, x):
    onnx.checker.check_model(str(path), full_check=True)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    (scores,) = session.run(None, {session.get_inputs()[0].name: x})
    return [float(f"{v:.6g}") for v in scores.reshape(-1)]


golden = []
for case in json.loads((folder / "cases.json").read_text()):
    x = np.array(case["input"], np.float32).reshape(-1, *case["shape"])
    paths = [folder / f"{case['name']}.{i}.onnx" for i in (0, 1)]
    golden.append(
        {
            "name": case["name"],
            "input": case["input"],
            "scores": [run(path, x) for path in paths],
            "sha256": [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths],
        }
    )
    print(case["name"], [len(s) for s in golden[-1]["scores"]], golden[-1]["scores"][0][:4])
(here / "exported.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
