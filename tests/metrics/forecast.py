"""Golden values of forecast errors, made with numpy 2.4.6 and scikit-learn 1.9.1.

    python tests/metrics/forecast.py > tests/metrics/forecast.json

MAE and RMSE are scikit-learn's. MASE is written out as Hyndman and Koehler (2006) define it, sMAPE as the M4 competition
does. Values are written so that `f32` holds them exactly.
"""

import json

import numpy as np
import sklearn
from sklearn.metrics import mean_absolute_error, root_mean_squared_error

assert np.__version__ == "2.4.6", np.__version__
assert sklearn.__version__ == "1.9.1", sklearn.__version__
rng = np.random.default_rng(5)


def exact(values):
    return np.float32(values).astype(float)


def case(truth, forecast, past, period):
    truth, forecast, past = exact(truth), exact(forecast), exact(past)
    mae = mean_absolute_error(truth, forecast)
    scale = np.mean(np.abs(past[period:] - past[:-period]))
    with np.errstate(invalid="ignore"):
        parts = 200 * np.abs(truth - forecast) / (np.abs(truth) + np.abs(forecast))
    return dict(
        truth=truth.tolist(),
        forecast=forecast.tolist(),
        past=past.tolist(),
        period=period,
        mae=float(mae),
        rmse=float(root_mean_squared_error(truth, forecast)),
        smape=float(np.mean(np.nan_to_num(parts))),
        mase=float(mae / scale),
    )


t = np.arange(60)
season = 100 + t + 20 * np.sin(2 * np.pi * t / 12) + rng.normal(0, 2, 60)
print(
    json.dumps(
        [
            case(season[48:], season[36:48], season[:48], 12),
            case(season[48:], season[48:] + rng.normal(0, 3, 12), season[:48], 1),
            case(rng.normal(0, 1, 7), rng.normal(0, 1, 7), rng.normal(0, 1, 9), 4),
            case([0, 0, 2], [0, 1, -2], [1, 2, 1], 1),
        ]
    )
)
