"""The types a skops file may name beyond those that skops itself trusts. Data, with a rule.

A type joins this table when all of this holds:
1. it belongs to scikit-learn, NumPy, SciPy or Python itself, never to the submitter;
2. building it and setting its state runs nothing that the file names, or only what is audited in its own right
   (`functools.partial` holds a function, and that function must be trusted too);
3. a scikit-learn estimator that people submit can't be read without it;
4. a test dumps such an estimator, and the scan accepts it.
What remains is that a trusted type may hold hostile numbers: a TreePredictor's or a Tree's node indices are followed
without a bounds check and can crash the process. That process is the sandbox's, and ends with a sentence.
"""

_HISTOGRAM_BOOSTING = "sklearn.ensemble._hist_gradient_boosting"

TRUSTED_TYPES: dict[str, str] = {
    "functools.partial": "HistGradientBoosting on categories keeps its preprocessing as one",
    "numpy.dtype": "imputers and encoders keep the type they were fitted on",
    "numpy.mean": "FeatureAgglomeration's pooling",
    "scipy.interpolate._bsplines.BSpline": "SplineTransformer",
    "scipy._lib.array_api_compat.numpy._aliases.asarray": "SplineTransformer's BSpline",
    f"{_HISTOGRAM_BOOSTING}.predictor.TreePredictor": "HistGradientBoosting's trees",
    f"{_HISTOGRAM_BOOSTING}.binning._BinMapper": "HistGradientBoosting's bins",
    "sklearn.utils.validation.check_array": "HistGradientBoosting's preprocessing of categories",
    "sklearn.tree._tree.Tree": "trees and forests",
    "sklearn.calibration._CalibratedClassifier": "CalibratedClassifierCV",
    "sklearn.calibration._SigmoidCalibration": "CalibratedClassifierCV by Platt's method",
    "sklearn.calibration._TemperatureScaling": "CalibratedClassifierCV by temperature",
    "sklearn.isotonic.IsotonicRegression": "CalibratedClassifierCV by isotonic regression",
    "sklearn.impute._iterative.IterativeImputer": "still experimental in scikit-learn",
    "sklearn.impute._iterative._ImputerTriplet": "IterativeImputer",
    "sklearn._loss.loss.HalfTweedieLoss": "TweedieRegressor",
    "sklearn._loss.loss.HalfTweedieLossIdentity": "TweedieRegressor",
    "sklearn.feature_selection._univariate_selection.chi2": "univariate selection",
    "sklearn.feature_selection._univariate_selection.f_classif": "univariate selection",
    "sklearn.feature_selection._univariate_selection.f_regression": "univariate selection",
    "sklearn.feature_selection._mutual_info.mutual_info_classif": "univariate selection",
    "sklearn.feature_selection._mutual_info.mutual_info_regression": "univariate selection",
    "sklearn.metrics._dist_metrics.EuclideanDistance64": "nearest neighbours",
    "sklearn.metrics._dist_metrics.ManhattanDistance64": "nearest neighbours",
    "sklearn.metrics._dist_metrics.MinkowskiDistance64": "nearest neighbours",
    "sklearn.neighbors._kd_tree.KDTree": "nearest neighbours",
    "sklearn.neighbors._ball_tree.BallTree": "nearest neighbours",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer": "MLP",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer": "MLP",
    "sklearn.gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace": "Gaussian processes",
    "sklearn.gaussian_process.kernels.ConstantKernel": "Gaussian processes",
    "sklearn.gaussian_process.kernels.Matern": "Gaussian processes",
    "sklearn.gaussian_process.kernels.Product": "Gaussian processes",
    "sklearn.gaussian_process.kernels.RBF": "Gaussian processes",
    "sklearn.gaussian_process.kernels.Sum": "Gaussian processes",
    "sklearn.gaussian_process.kernels.WhiteKernel": "Gaussian processes",
}

# Whatever skops may come to trust, a file that names a package outside of these is refused.
TRUSTED_PACKAGES = frozenset({"builtins", "collections", "datetime", "functools", "numpy", "scipy", "sklearn"})
