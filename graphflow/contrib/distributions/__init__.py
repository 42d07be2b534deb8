"""`tf.contrib.distributions`."""

from graphflow._layers.distributions.bijectors import softplus_inverse as softplus_inverse
from graphflow._layers.distributions.continuous import Beta as Beta
from graphflow._layers.distributions.continuous import Dirichlet as Dirichlet
from graphflow._layers.distributions.continuous import Exponential as Exponential
from graphflow._layers.distributions.continuous import Gamma as Gamma
from graphflow._layers.distributions.continuous import Laplace as Laplace
from graphflow._layers.distributions.continuous import StudentT as StudentT
from graphflow._layers.distributions.continuous import Uniform as Uniform
from graphflow._layers.distributions.counts import Binomial as Binomial
from graphflow._layers.distributions.counts import Geometric as Geometric
from graphflow._layers.distributions.counts import NegativeBinomial as NegativeBinomial
from graphflow._layers.distributions.counts import Poisson as Poisson
from graphflow._layers.distributions.discrete import Bernoulli as Bernoulli
from graphflow._layers.distributions.discrete import Categorical as Categorical
from graphflow._layers.distributions.distribution import FULLY_REPARAMETERIZED as FULLY_REPARAMETERIZED
from graphflow._layers.distributions.distribution import NOT_REPARAMETERIZED as NOT_REPARAMETERIZED
from graphflow._layers.distributions.distribution import Distribution as Distribution
from graphflow._layers.distributions.distribution import RegisterKL as RegisterKL
from graphflow._layers.distributions.distribution import ReparameterizationType as ReparameterizationType
from graphflow._layers.distributions.distribution import kl_divergence as kl_divergence
from graphflow._layers.distributions.location_scale import Cauchy as Cauchy
from graphflow._layers.distributions.location_scale import Chi2 as Chi2
from graphflow._layers.distributions.location_scale import Deterministic as Deterministic
from graphflow._layers.distributions.location_scale import HalfNormal as HalfNormal
from graphflow._layers.distributions.location_scale import InverseGamma as InverseGamma
from graphflow._layers.distributions.location_scale import Logistic as Logistic
from graphflow._layers.distributions.location_scale import VectorDeterministic as VectorDeterministic
from graphflow._layers.distributions.mixture import Independent as Independent
from graphflow._layers.distributions.mixture import Mixture as Mixture
from graphflow._layers.distributions.mixture import MixtureSameFamily as MixtureSameFamily
from graphflow._layers.distributions.multinomial import DirichletMultinomial as DirichletMultinomial
from graphflow._layers.distributions.multinomial import Multinomial as Multinomial
from graphflow._layers.distributions.multinomial import OneHotCategorical as OneHotCategorical
from graphflow._layers.distributions.multivariate import (
    MultivariateNormalFullCovariance as MultivariateNormalFullCovariance,
)
from graphflow._layers.distributions.multivariate import MultivariateNormalTriL as MultivariateNormalTriL
from graphflow._layers.distributions.normal import MultivariateNormalDiag as MultivariateNormalDiag
from graphflow._layers.distributions.normal import Normal as Normal
from graphflow._layers.distributions.sample_stats import percentile as percentile
from graphflow._layers.distributions.transformed import ExpRelaxedOneHotCategorical as ExpRelaxedOneHotCategorical
from graphflow._layers.distributions.transformed import RelaxedBernoulli as RelaxedBernoulli
from graphflow._layers.distributions.transformed import RelaxedOneHotCategorical as RelaxedOneHotCategorical
from graphflow._layers.distributions.transformed import TransformedDistribution as TransformedDistribution
from graphflow._layers.distributions.unbounded import BetaWithSoftplusConcentration as BetaWithSoftplusConcentration
from graphflow._layers.distributions.unbounded import Chi2WithAbsDf as Chi2WithAbsDf
from graphflow._layers.distributions.unbounded import ExponentialWithSoftplusRate as ExponentialWithSoftplusRate
from graphflow._layers.distributions.unbounded import (
    GammaWithSoftplusConcentrationRate as GammaWithSoftplusConcentrationRate,
)
from graphflow._layers.distributions.unbounded import (
    InverseGammaWithSoftplusConcentrationRate as InverseGammaWithSoftplusConcentrationRate,
)
from graphflow._layers.distributions.unbounded import LaplaceWithSoftplusScale as LaplaceWithSoftplusScale
from graphflow._layers.distributions.unbounded import (
    MultivariateNormalDiagWithSoftplusScale as MultivariateNormalDiagWithSoftplusScale,
)
from graphflow._layers.distributions.unbounded import NormalWithSoftplusScale as NormalWithSoftplusScale
from graphflow._layers.distributions.unbounded import StudentTWithAbsDfSoftplusScale as StudentTWithAbsDfSoftplusScale
from graphflow.contrib.distributions import bijectors as bijectors
