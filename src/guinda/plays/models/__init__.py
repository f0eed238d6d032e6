"""The room's rows: plays and their versions; clients' ways through them, and each step done."""

from guinda.plays.models.plays import Play, PlayVersion
from guinda.plays.models.runs import Heard, Lookout, Run, StepDone

__all__ = ["Heard", "Lookout", "Play", "PlayVersion", "Run", "StepDone"]
