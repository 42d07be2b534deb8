"""`tf.distributions`: probability distributions."""

from graphflow._layers.distributions.continuous import Beta as Beta
from graphflow._layers.distributions.continuous import Dirichlet as Dirichlet
from graphflow._layers.distributions.continuous import Exponential as Exponential
from graphflow._layers.distributions.continuous import Gamma as Gamma
from graphflow._layers.distributions.continuous import Laplace as Laplace
from graphflow._layers.distributions.continuous import StudentT as StudentT
from graphflow._layers.distributions.continuous import Uniform as Uniform
from graphflow._layers.distributions.discrete import Bernoulli as Bernoulli
from graphflow._layers.distributions.discrete import Categorical as Categorical
from graphflow._layers.distributions.distribution import FULLY_REPARAMETERIZED as FULLY_REPARAMETERIZED
from graphflow._layers.distributions.distribution import NOT_REPARAMETERIZED as NOT_REPARAMETERIZED
from graphflow._layers.distributions.distribution import Distribution as Distribution
from graphflow._layers.distributions.distribution import RegisterKL as RegisterKL
from graphflow._layers.distributions.distribution import ReparameterizationType as ReparameterizationType
from graphflow._layers.distributions.distribution import kl_divergence as kl_divergence
from graphflow._layers.distributions.multinomial import DirichletMultinomial as DirichletMultinomial
from graphflow._layers.distributions.multinomial import Multinomial as Multinomial
from graphflow._layers.distributions.normal import Normal as Normal
