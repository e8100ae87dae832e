"""Workloads for planning without a log: described in a small YAML file, or fitted to a trace."""

from cachelens.fleet.workloads.fitting import fit
from cachelens.fleet.workloads.generating import generate, generated
from cachelens.fleet.workloads.spec import Workload, dumped, load

__all__ = ["Workload", "dumped", "fit", "generate", "generated", "load"]
