"""Golden values of the histogram's bins, made with NumPy.

    python tests/plot/bars.py > tests/plot/bars.json

The committed file was made with the version that it names.
"""

import json

import numpy

rng = numpy.random.default_rng(3)


def case(name, values, bins="auto", range=None):
    values = [float(f"{v:.9g}") for v in values]
    counts, edges = numpy.histogram(values, bins=bins, range=range)
    densities, _ = numpy.histogram(values, bins=bins, range=range, density=True)
    return {
        "name": name,
        "values": values,
        "bins": None if bins == "auto" else bins,
        "range": range,
        "counts": counts.tolist(),
        "edges": edges.tolist(),
        "densities": densities.tolist(),
    }


cases = [
    case("normal", rng.normal(size=300)),
    case("skewed", rng.exponential(scale=13270.0, size=500)),
    case("two values", [0.0] * 30 + [1.0] * 7),
    case("mostly one value", [5.0] * 90 + [1.0, 2.0, 9.0]),
    case("two numbers", [2.0, 3.5]),
    case("whole numbers", rng.integers(18, 65, size=400).astype(float)),
    case("ten bins", rng.normal(size=100), bins=10),
    case("edges hit", [0.125 * i for i in range(25)], bins=24, range=[0.0, 3.0]),
    case("a part", rng.normal(size=200), bins=7, range=[-0.5, 1.25]),
]
print(json.dumps({"made_with": f"numpy {numpy.__version__}", "cases": cases}, separators=(",", ":")))
