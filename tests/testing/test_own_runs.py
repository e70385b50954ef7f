"""The suites for exporters, catalogues, studies, jobs and commands over our own entries."""

from __future__ import annotations

from bouton import registry
from bouton.testing import CatalogueSuite, CommandSuite, ExporterSuite, JobSuite, StudySuite


class TestHoc(ExporterSuite):
    entry = "hoc"
    suffix = ".hoc"


class TestNwb(ExporterSuite):
    entry = "nwb"
    suffix = ".nwb"


class TestNeo(ExporterSuite):
    entry = "neo"
    suffix = ".nix"
    starved = False  # NIX tries to close its file once more when nobody listens any longer


class TestHay(CatalogueSuite):
    entry = "hay"


class TestBischop(CatalogueSuite):
    entry = "bischop"


class TestIzhikevich(CatalogueSuite):
    entry = "izhikevich"


class TestMotor(CatalogueSuite):
    entry = "motor"


class TestMotorPowers(CatalogueSuite):
    entry = "motor-powers"


class TestNetworksCatalogue(CatalogueSuite):
    entry = "networks"


class TestStellateCatalogue(CatalogueSuite):
    entry = "stellate"


class TestL5pt(StudySuite):
    entry = "l5pt-bac"
    runs = False  # the tutorial does


class TestExperimentStudy(StudySuite):
    entry = "experiment-bischop"
    runs = False  # the tutorial does


class TestMotorPool(StudySuite):
    entry = "motor-pool"
    runs = False  # the tutorial does


class TestMotorRamp(StudySuite):
    entry = "motor-ramp"
    runs = False  # tests/motor does


class TestNetworkRate(StudySuite):
    entry = "network-rate"
    runs = False  # tests/networks does


class TestL5ptSearch(StudySuite):
    entry = "l5pt-search"
    runs = False  # a long search


class TestL5ptExplore(StudySuite):
    entry = "l5pt-explore"
    runs = False  # a long walk


class TestStellateStudy(StudySuite):
    entry = "stellate"
    runs = False  # tests/stellate does


class TestStellateLayer(StudySuite):
    entry = "stellate-layer"
    runs = False  # tests/reconstruction does


class OfAStudy(JobSuite):
    """A job with the example that a ready-made study gives."""

    runs = False  # the tutorials do


class TestExperiment(OfAStudy):
    entry = "experiment"
    study = registry.studies["experiment-bischop"]()


class TestPool(OfAStudy):
    entry = "pool"
    study = registry.studies["motor-pool"]()


class TestMeasureJob(OfAStudy):
    entry = "measure"
    study = registry.studies["motor-pool"]()


class TestDrive(OfAStudy):
    entry = "drive"
    study = registry.studies["motor-ramp"]()


class TestNetwork(OfAStudy):
    entry = "network"
    study = registry.studies["network-rate"]()


class TestReconstruction(OfAStudy):
    entry = "reconstruction"
    study = registry.studies["stellate-layer"]()


class TestSimulation(JobSuite):
    entry = "simulation"
    study = """
simulation:
  duration_ms: 10
  celsius: 32
  cell_models: {cell: {template: stellate}}
  devices: {v: {use: voltage-recorder}}
"""


class TestFit(JobSuite):
    entry = "fit"


class TestExplore(JobSuite):
    entry = "explore"


class TestPlugins(CommandSuite):
    entry = "plugins"
    arguments = ["--kind", "stimuli"]
    output = ("epsp-current",)


class TestDoctor(CommandSuite):
    entry = "doctor"


class TestRun(CommandSuite):
    entry = "run"


class TestFitCommand(CommandSuite):
    entry = "fit"


class TestExploreCommand(CommandSuite):
    entry = "explore"


class TestResume(CommandSuite):
    entry = "resume"


class TestResults(CommandSuite):
    entry = "results"


class TestMechanisms(CommandSuite):
    entry = "mechanisms"
    arguments = ["list"]


class TestImport(CommandSuite):
    entry = "import"


class TestMeasure(CommandSuite):
    entry = "measure"


class TestNewPlugin(CommandSuite):
    entry = "new-plugin"
    arguments = ["spike-width"]
    output = ("pip install -e",)


class TestReport(CommandSuite):
    entry = "report"


class TestSchema(CommandSuite):
    entry = "schema"
    arguments = []


class TestWatch(CommandSuite):
    entry = "watch"


class TestNetworkCommand(CommandSuite):
    entry = "network"
    arguments = ["info", "network-rate"]
