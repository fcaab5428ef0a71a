"""Writes report.txt, which report.rs beside it compares with.

Made with scikit-learn 1.9.1 and numpy 2.4.6:

    python tests/metrics/report.py > tests/metrics/report.txt

Each case is: a line `case NAME CLASSES`, the truth, the predictions, the class names separated by `|`, the
confusion matrix row by row, accuracy, then precision, recall and F1 per class, then their macro and weighted means, and
the printed report up to a line `end`.
"""

import numpy as np
import sklearn
from sklearn.metrics import accuracy_score, classification_report, confusion_matrix, precision_recall_fscore_support

assert sklearn.__version__ == "1.9.1", sklearn.__version__


def numbers(values):
    print(" ".join(repr(float(v)) for v in values))


def case(name, truth, predicted, names):
    labels = list(range(len(names)))
    print(f"case {name} {len(names)}")
    print(" ".join(map(str, truth)))
    print(" ".join(map(str, predicted)))
    print("|".join(names))
    print(" ".join(map(str, confusion_matrix(truth, predicted, labels=labels).ravel())))
    numbers([accuracy_score(truth, predicted)])
    scores = lambda average: precision_recall_fscore_support(
        truth, predicted, labels=labels, average=average, zero_division=0
    )
    for row in scores(None)[:3]:
        numbers(row)
    numbers(scores("macro")[:3])
    numbers(scores("weighted")[:3])
    print(classification_report(truth, predicted, labels=labels, target_names=names, zero_division=0), end="")
    print("end")


rng = np.random.default_rng(7)
digits = [str(i) for i in range(10)]
truth = rng.integers(0, 10, 300)
noise = rng.random(300) < 0.3
case("digits", truth, np.where(noise, rng.integers(0, 10, 300), truth), digits)

fashion = "T-shirt/top|Trouser|Pullover|Dress|Coat|Sandal|Shirt|Sneaker|Bag|Ankle boot, for snow".split("|")
truth = rng.integers(0, 10, 100)
case("long-names", truth, np.where(rng.random(100) < 0.5, rng.integers(0, 10, 100), truth), fashion)

case("binary-imbalanced", (rng.random(200) < 0.05).astype(int), (rng.random(200) < 0.1).astype(int), ["no", "yes"])
case("class-never-true", rng.integers(0, 2, 40), rng.integers(0, 3, 40), ["a", "b", "never true"])
case("class-never-predicted", rng.integers(0, 3, 40), rng.integers(0, 2, 40), ["a", "b", "never predicted"])
case("class-in-neither", rng.integers(0, 2, 40), rng.integers(0, 2, 40), ["a", "b", "in neither"])
case("all-wrong", [0, 1, 2], [1, 2, 0], ["a", "b", "c"])
case("all-right", [0, 1, 2, 2], [0, 1, 2, 2], ["a", "b", "c"])
case("one-sample", [1], [1], ["a", "b"])
