"""Event files: golden bytes from TensorBoard's own writer, and a check that TensorBoard reads ours. TensorBoard 2.21.0.

    python tests/train/event_files.py > tests/train/event_files.txt
    GRADUS_PYTHON=python cargo test -p gradus-tests --test train tensorboard      # runs the next line on what the test wrote
    python tests/train/event_files.py FOLDER

FOLDER holds event files of one or more runs that go on from each other, and `expected.csv`: lines `tag,step,value`, `?` for a value that the
run alone knows.
"""

import io
import sys

import numpy
import tensorboard
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary
from tensorboard.summary.writer.record_writer import RecordWriter

assert tensorboard.__version__.startswith("2.21."), tensorboard.__version__


def golden():
    """One record per line, in hexadecimal."""
    values = numpy.array([0.0, 1.0, 1.5, -1.5])
    width = 3.0 / 30
    counts = [0.0] * 30
    for v in values:
        counts[min(int((v + 1.5) / width), 29)] += 1
    histogram = HistogramProto(min=-1.5, max=1.5, num=4, sum=1.0, sum_squares=5.5,
                               bucket_limit=[-1.5 + width * i for i in range(1, 31)], bucket=counts)
    scalars = lambda **values: Summary(value=[Summary.Value(tag=t, simple_value=v) for t, v in values.items()])
    biggest = float(numpy.finfo(numpy.float32).max)
    events = [
        Event(wall_time=1.5e9, file_version="brain.Event:2"),
        Event(wall_time=1.5e9 + 0.25, step=0, summary=scalars(loss=0.5)),
        Event(wall_time=2.0, step=300, summary=scalars(**{"epoch/training loss": -1.25, "zero": 0.0})),
        Event(wall_time=0.0, step=1 << 40, summary=scalars(**{"größer": biggest, "nan": float("nan")})),
        Event(wall_time=3.0, step=7, summary=Summary(value=[Summary.Value(tag="0.weight", histo=histogram)])),
    ]
    print(f"# tensorboard {tensorboard.__version__}: one record per line")
    for event in events:
        file = io.BytesIO()
        file.flush, close = (lambda: None), file.close
        RecordWriter(file).write(event.SerializeToString(deterministic=True))
        print(file.getvalue().hex())


def check(folder):
    """Reads the folder as TensorBoard does, and compares every number."""
    accumulator = EventAccumulator(folder, size_guidance={"scalars": 0, "histograms": 0})
    accumulator.Reload()
    read = {(tag, e.step): e.value for tag in accumulator.Tags()["scalars"] for e in accumulator.Scalars(tag)}
    expected = {}
    for line in open(f"{folder}/expected.csv", encoding="utf-8"):
        tag, step, value = line.rstrip("\n").rsplit(",", 2)
        expected[tag, int(step)] = None if value == "?" else float(value)
    assert read.keys() == expected.keys(), (sorted(read), sorted(expected))
    for key, value in expected.items():
        if value is None:
            assert 0 < read[key] < 100, (key, read[key])
            continue
        assert numpy.float32(value) == numpy.float32(read[key]), (key, value, read[key])
    histograms = accumulator.Tags()["histograms"]
    for tag in histograms:
        for event in accumulator.Histograms(tag):
            h = event.histogram_value
            assert h.num == sum(h.bucket) and h.min <= h.bucket_limit[0] and len(h.bucket) == 30, (tag, h)
    print(f"{len(read)} scalars, {len(histograms)} histograms")


if len(sys.argv) > 1:
    check(sys.argv[1])
else:
    golden()
