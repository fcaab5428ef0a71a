"""Golden values of the encoder, made with scikit-learn.

    python tests/data/tabular.py > tests/data/tabular.json

The committed file was made with the versions that it names. It holds the CSV text too: the encoder is fitted on the
first rows and applied to all.
"""

import csv
import io
import json
import math

import numpy
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

rng = numpy.random.default_rng(11)
ROWS, TRAIN = 40, 28

ages = [f"{v:.1f}" for v in rng.uniform(18, 65, ROWS)]
costs = [f"{v:.2f}" for v in rng.exponential(13000, ROWS)]
regions = rng.choice(["north", "south", "west"], ROWS, p=[0.5, 0.3, 0.2]).tolist()
smokers = rng.choice(["no", "yes"], ROWS, p=[0.7, 0.3]).tolist()
sizes = rng.choice(["S", "M", "L"], ROWS).tolist()
constant = ["7"] * ROWS
for column in (ages, costs, regions, smokers):
    for i in rng.choice(ROWS, 5, replace=False):
        column[i] = ""
target = [f"{v:.3f}" for v in rng.normal(size=ROWS)]

names = ["age", "cost", "region", "smoker", "size", "constant", "target"]
rows = list(zip(ages, costs, regions, smokers, sizes, constant, target))
text = io.StringIO()
csv.writer(text, lineterminator="\n").writerows([names, *rows])

numbers = lambda row: [float(v) if v else math.nan for v in row]
X = numpy.array([[*numbers(r[:2]), r[2] or None, r[3] or None, r[4], float(r[5])] for r in rows], dtype=object)
category = lambda drop: make_pipeline(
    SimpleImputer(strategy="most_frequent", missing_values=None), OneHotEncoder(drop=drop, sparse_output=False)
)
encoder = ColumnTransformer([
    ("numbers", make_pipeline(SimpleImputer(strategy="mean"), StandardScaler()), [0, 1]),
    ("region", category("if_binary"), [2]),
    ("smoker", category("if_binary"), [3]),
    ("size", make_pipeline(OrdinalEncoder(categories=[["S", "M", "L"]]), StandardScaler()), [4]),
    ("constant", StandardScaler(), [5]),
])
encoder.fit(X[:TRAIN])
print(json.dumps({
    "made_with": f"scikit-learn {sklearn.__version__}, numpy {numpy.__version__}",
    "csv": text.getvalue(),
    "train": TRAIN,
    "features": numpy.asarray(encoder.transform(X), dtype=float).round(9).tolist(),
}, separators=(",", ":")))
