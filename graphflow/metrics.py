"""`tf.metrics`: streaming metrics."""

from graphflow._layers.metrics import accuracy as accuracy
from graphflow._layers.metrics import false_negatives as false_negatives
from graphflow._layers.metrics import false_positives as false_positives
from graphflow._layers.metrics import mean as mean
from graphflow._layers.metrics import mean_absolute_error as mean_absolute_error
from graphflow._layers.metrics import mean_cosine_distance as mean_cosine_distance
from graphflow._layers.metrics import mean_iou as mean_iou
from graphflow._layers.metrics import mean_per_class_accuracy as mean_per_class_accuracy
from graphflow._layers.metrics import mean_relative_error as mean_relative_error
from graphflow._layers.metrics import mean_squared_error as mean_squared_error
from graphflow._layers.metrics import mean_tensor as mean_tensor
from graphflow._layers.metrics import percentage_below as percentage_below
from graphflow._layers.metrics import precision as precision
from graphflow._layers.metrics import recall as recall
from graphflow._layers.metrics import root_mean_squared_error as root_mean_squared_error
from graphflow._layers.metrics import true_negatives as true_negatives
from graphflow._layers.metrics import true_positives as true_positives
from graphflow._layers.metrics_thresholds import auc as auc
from graphflow._layers.metrics_thresholds import false_negatives_at_thresholds as false_negatives_at_thresholds
from graphflow._layers.metrics_thresholds import false_positives_at_thresholds as false_positives_at_thresholds
from graphflow._layers.metrics_thresholds import precision_at_thresholds as precision_at_thresholds
from graphflow._layers.metrics_thresholds import recall_at_thresholds as recall_at_thresholds
from graphflow._layers.metrics_thresholds import sensitivity_at_specificity as sensitivity_at_specificity
from graphflow._layers.metrics_thresholds import specificity_at_sensitivity as specificity_at_sensitivity
from graphflow._layers.metrics_thresholds import true_negatives_at_thresholds as true_negatives_at_thresholds
from graphflow._layers.metrics_thresholds import true_positives_at_thresholds as true_positives_at_thresholds
