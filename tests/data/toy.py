"""Prints the points of scikit-learn's moons and circles that toy.rs beside it holds."""

import sklearn
from sklearn.datasets import make_circles, make_moons

print("scikit-learn", sklearn.__version__)
for name, (points, labels) in {
    "MOONS": make_moons(7, shuffle=False, noise=None),
    "CIRCLES": make_circles(7, shuffle=False, noise=None, factor=0.4),
}.items():
    print(name)
    for (x, y), label in zip(points, labels):
        print(f"    ({x:.6f}, {y:.6f}, {label}),")
