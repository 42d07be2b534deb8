"""Random numbers: `tf.random`."""

from graphflow._ops.candidates import all_candidate_sampler as all_candidate_sampler
from graphflow._ops.candidates import fixed_unigram_candidate_sampler as fixed_unigram_candidate_sampler
from graphflow._ops.candidates import learned_unigram_candidate_sampler as learned_unigram_candidate_sampler
from graphflow._ops.candidates import log_uniform_candidate_sampler as log_uniform_candidate_sampler
from graphflow._ops.candidates import uniform_candidate_sampler as uniform_candidate_sampler
from graphflow._ops.random import categorical as categorical
from graphflow._ops.random import multinomial as multinomial
from graphflow._ops.random import random_gamma as gamma
from graphflow._ops.random import random_normal as normal
from graphflow._ops.random import random_poisson as poisson
from graphflow._ops.random import random_shuffle as shuffle
from graphflow._ops.random import random_uniform as uniform
from graphflow._ops.random import truncated_normal as truncated_normal
from graphflow._ops.seeds import get_seed as get_seed
from graphflow._ops.seeds import set_random_seed as set_random_seed
from graphflow._ops.stateless_random import stateless_categorical as stateless_categorical
from graphflow._ops.stateless_random import stateless_multinomial as stateless_multinomial
from graphflow._ops.stateless_random import stateless_random_normal as stateless_normal
from graphflow._ops.stateless_random import stateless_random_uniform as stateless_uniform
from graphflow._ops.stateless_random import stateless_truncated_normal as stateless_truncated_normal

__all__ = [
    "all_candidate_sampler", "categorical", "fixed_unigram_candidate_sampler", "gamma", "get_seed",
    "learned_unigram_candidate_sampler", "log_uniform_candidate_sampler", "multinomial", "normal", "poisson",
    "set_random_seed", "shuffle", "stateless_categorical", "stateless_multinomial", "stateless_normal",
    "stateless_truncated_normal", "stateless_uniform", "truncated_normal", "uniform", "uniform_candidate_sampler",
]  # fmt: skip
