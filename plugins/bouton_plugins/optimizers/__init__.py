"""Optimizers, samplers and the random walk, all behind one ask/tell contract."""

from __future__ import annotations

from collections.abc import Iterable

from bouton import Entry, hookimpl

_HERE = "bouton_plugins.optimizers"


@hookimpl
def bouton_register_optimizers() -> Iterable[Entry]:
    """Offer every optimizer of this plug-in; nothing heavy is imported."""
    return [
        Entry("ibea", f"{_HERE}.ibea:Ibea", "indicator-based evolution, many objectives"),
        Entry(
            "nsga2",
            f"{_HERE}.pymoo_family:Nsga2",
            "NSGA-II of pymoo, two or three objectives",
            requires="bouton[pymoo]",
        ),
        Entry(
            "nsga3",
            f"{_HERE}.pymoo_family:Nsga3",
            "NSGA-III of pymoo, many objectives",
            requires="bouton[pymoo]",
        ),
        Entry(
            "sms-emoa",
            f"{_HERE}.pymoo_family:SmsEmoa",
            "SMS-EMOA of pymoo, up to five objectives",
            requires="bouton[pymoo]",
        ),
        Entry(
            "nevergrad",
            f"{_HERE}.nevergrad_family:Nevergrad",
            "any suitable nevergrad optimizer, as nevergrad:NAME",
            shorthand="name",
        ),
        Entry("cma", f"{_HERE}.cma:Cma", "CMA-ES over the sum of objectives; refines a seed"),
        Entry("random", f"{_HERE}.samplers:RandomSampler", "uniform random vectors"),
        Entry("sobol", f"{_HERE}.samplers:SobolSampler", "evenly spread scrambled Sobol points"),
        Entry(
            "random-walk",
            f"{_HERE}.random_walk:RandomWalk",
            "particles that walk from good models while staying good",
        ),
    ]
