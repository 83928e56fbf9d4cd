"""Metrics do not take part in a loss: the classes are there to be named and to derive from."""

from torch._registry import unknown


class Metric:
    def __init__(self, *args, name=None, dtype=None, **kwargs):
        self.name = name

    def add_weight(self, *args, **kwargs):
        return unknown("the state of a metric")

    add_variable = add_weight

    def update_state(self, *args, **kwargs):
        pass

    def result(self):
        return unknown("the value of a metric")

    def reset_state(self):
        pass

    reset_states = reset_state

    def __call__(self, *args, **kwargs):
        return self.result()

    def get_config(self):
        return {"name": self.name}


class Mean(Metric):
    pass


class MeanMetricWrapper(Mean):
    pass


class MeanIoU(Metric):
    pass


Accuracy = BinaryAccuracy = CategoricalAccuracy = SparseCategoricalAccuracy = MeanMetricWrapper
TopKCategoricalAccuracy = SparseTopKCategoricalAccuracy = MeanMetricWrapper
BinaryCrossentropy = CategoricalCrossentropy = SparseCategoricalCrossentropy = MeanMetricWrapper
Hinge = SquaredHinge = CategoricalHinge = KLDivergence = Poisson = LogCoshError = CosineSimilarity = MeanMetricWrapper
MeanSquaredError = MeanAbsoluteError = MeanAbsolutePercentageError = MeanSquaredLogarithmicError = MeanMetricWrapper
RootMeanSquaredError = MeanRelativeError = MeanTensor = Sum = Mean
AUC = Precision = Recall = PrecisionAtRecall = RecallAtPrecision = Metric
SensitivityAtSpecificity = SpecificityAtSensitivity = Metric
TruePositives = TrueNegatives = FalsePositives = FalseNegatives = Metric
F1Score = FBetaScore = R2Score = PearsonCorrelation = ConcordanceCorrelation = Metric
IoU = BinaryIoU = OneHotIoU = OneHotMeanIoU = MeanIoU


def _value(y_true, y_pred, *args, **kwargs):
    return unknown("the value of a metric")


accuracy = binary_accuracy = categorical_accuracy = sparse_categorical_accuracy = _value
top_k_categorical_accuracy = sparse_top_k_categorical_accuracy = _value
pearson_correlation = concordance_correlation = _value


def get(identifier):
    return identifier if not isinstance(identifier, str) else globals().get(identifier, Metric())
