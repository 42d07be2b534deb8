"""Distributions whose positive parameters are made of any numbers: by softplus, or of degrees of freedom by `floor(abs(df))`."""

from __future__ import annotations

from graphflow._graph import build
from graphflow._layers.distributions import continuous, location_scale, normal
from graphflow._ops import nn, unary


def _softplus(name, *parameters):
    with build.name_scope(name):
        return [nn.softplus(build.convert_to_tensor(p)) for p in parameters]


def _whole(name, df):
    with build.name_scope(name):
        return unary.floor(unary.abs(build.convert_to_tensor(df)))


class BetaWithSoftplusConcentration(continuous.Beta):
    """Beta, both concentrations through softplus."""

    def __init__(
        self, concentration1, concentration0, validate_args=False, allow_nan_stats=True,
        name="BetaWithSoftplusConcentration",
    ):  # fmt: skip
        super().__init__(*_softplus(name, concentration1, concentration0), validate_args, allow_nan_stats, name)


class Chi2WithAbsDf(location_scale.Chi2):
    """Chi2 of `floor(abs(df))` degrees of freedom."""

    def __init__(self, df, validate_args=False, allow_nan_stats=True, name="Chi2WithAbsDf"):
        super().__init__(_whole(name, df), validate_args, allow_nan_stats, name)


class ExponentialWithSoftplusRate(continuous.Exponential):
    """Exponential, its rate through softplus."""

    def __init__(self, rate, validate_args=False, allow_nan_stats=True, name="ExponentialWithSoftplusRate"):
        super().__init__(*_softplus(name, rate), validate_args, allow_nan_stats, name)


class GammaWithSoftplusConcentrationRate(continuous.Gamma):
    """Gamma, concentration and rate through softplus."""

    def __init__(
        self, concentration, rate, validate_args=False, allow_nan_stats=True,
        name="GammaWithSoftplusConcentrationRate",
    ):  # fmt: skip
        super().__init__(*_softplus(name, concentration, rate), validate_args, allow_nan_stats, name)


class InverseGammaWithSoftplusConcentrationRate(location_scale.InverseGamma):
    """InverseGamma, concentration and rate through softplus."""

    def __init__(
        self, concentration, rate, validate_args=False, allow_nan_stats=True,
        name="InverseGammaWithSoftplusConcentrationRate",
    ):  # fmt: skip
        super().__init__(*_softplus(name, concentration, rate), validate_args, allow_nan_stats, name)


class LaplaceWithSoftplusScale(continuous.Laplace):
    """Laplace, its scale through softplus."""

    def __init__(self, loc, scale, validate_args=False, allow_nan_stats=True, name="LaplaceWithSoftplusScale"):
        super().__init__(loc, *_softplus(name, scale), validate_args, allow_nan_stats, name)


class MultivariateNormalDiagWithSoftplusScale(normal.MultivariateNormalDiag):
    """MultivariateNormalDiag, the deviations through softplus."""

    def __init__(
        self, loc, scale_diag, validate_args=False, allow_nan_stats=True,
        name="MultivariateNormalDiagWithSoftplusScale",
    ):  # fmt: skip
        (scale_diag,) = _softplus(name, scale_diag)
        super().__init__(
            loc, scale_diag, validate_args=validate_args, allow_nan_stats=allow_nan_stats, name=name
        )  # fmt: skip


class NormalWithSoftplusScale(normal.Normal):
    """Normal, its scale through softplus."""

    def __init__(self, loc, scale, validate_args=False, allow_nan_stats=True, name="NormalWithSoftplusScale"):
        super().__init__(loc, *_softplus(name, scale), validate_args, allow_nan_stats, name)


class StudentTWithAbsDfSoftplusScale(continuous.StudentT):
    """StudentT of `floor(abs(df))` degrees of freedom, its scale through softplus."""

    def __init__(
        self, df, loc, scale, validate_args=False, allow_nan_stats=True, name="StudentTWithAbsDfSoftplusScale"
    ):
        super().__init__(_whole(name, df), loc, *_softplus(name, scale), validate_args, allow_nan_stats, name)
