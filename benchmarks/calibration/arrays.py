"""The two kinds of arrays; R runs come first on every axis list, then K flows, then L score levels."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
