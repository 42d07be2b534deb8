"""Scripts written for TPUs, on the devices of this machine."""

from graphflow._estimator.cross_shard import CrossShardOptimizer as CrossShardOptimizer
from graphflow._estimator.cross_shard import bfloat16_scope as bfloat16_scope
from graphflow._estimator.tpu_config import InputPipelineConfig as InputPipelineConfig
from graphflow._estimator.tpu_config import RunConfig as RunConfig
from graphflow._estimator.tpu_config import TPUConfig as TPUConfig
from graphflow._estimator.tpu_estimator import TPUEstimator as TPUEstimator
from graphflow._estimator.tpu_estimator import TPUEstimatorSpec as TPUEstimatorSpec
