"""The suites for exporters, catalogues, studies, jobs and commands over our own entries."""

from __future__ import annotations

from bouton.testing import CatalogueSuite, CommandSuite, ExporterSuite, JobSuite, StudySuite


class TestHoc(ExporterSuite):
    entry = "hoc"
    suffix = ".hoc"


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


class TestNetworkCommand(CommandSuite):
    entry = "network"
    arguments = ["info", "network-rate"]
