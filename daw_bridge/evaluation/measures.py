"""What is measured: the rows of the table, in the words of who reads it."""

from __future__ import annotations

from dataclasses import dataclass

from predictors.training.scores import Statistic, correlation, mean_absolute_error, rmse


@dataclass(frozen=True, slots=True)
class Measure:
    """How observations of `what` become a number.

    `more_is_better`: None where neither is. `tiny`: hundredths of the unit still count.
    """

    section: str
    label: str
    unit: str
    what: str
    statistic: Statistic = mean_absolute_error
    more_is_better: bool | None = False
    tiny: bool = False


UNDONE = "Undone: a known change to the vocal; does what is asked for lead back to the vocal as it was?"
SAME = "The same: does what is asked for lead to what it is for the unchanged vocal?"
REACHED = "Reached: how far is what is heard after rendering from what was asked for?"
USUAL = "Usual: how far is the lead's chain from the middle of 455 chains of real mixes?"
HUMAN = "Like an engineer's mix: how far is the mix from the one that an engineer made of the same stems?"

MEASURES = (
    Measure(UNDONE, "level against backing", "LU", "level undone"),
    Measure(UNDONE, "EQ curve", "correlation", "EQ undone", correlation, more_is_better=True),
    Measure(UNDONE, "EQ curve", "dB RMS", "EQ undone", rmse),
    Measure(UNDONE, "range of 100 ms blocks", "dB", "range undone"),
    Measure(SAME, "level against backing", "LU", "level the same"),
    Measure(SAME, "EQ curve", "correlation", "EQ the same", correlation, more_is_better=True),
    Measure(SAME, "EQ curve", "dB RMS", "EQ the same", rmse),
    Measure(SAME, "range of 100 ms blocks", "dB", "range the same"),
    Measure(SAME, "reverb, old and new", "LU", "reverb the same"),
    Measure(REACHED, "level against backing", "LU", "hit level"),
    Measure(REACHED, "EQ curve", "dB RMS", "hit EQ"),
    Measure(REACHED, "range of 100 ms blocks", "dB", "hit range"),
    Measure(REACHED, "threshold under loudness", "dB", "hit threshold"),
    Measure(REACHED, "reverb under voice", "LU", "hit wet"),
    Measure(REACHED, "RT60", "%", "hit RT60"),
    Measure(REACHED, "true peak over -1 dBTP", "dB", "hit ceiling"),
    Measure(USUAL, "distance", "SD", "chain distance", more_is_better=None),
    Measure(USUAL, "real chains farther out", "%", "chain farther", more_is_better=None),
    Measure(HUMAN, "loudness over time", "LU", "loudness over time"),
    Measure(HUMAN, "spectrum, Bark bands", "dB RMS", "spectrum"),
    *(
        Measure(HUMAN, f"A: {group}", "%", f"A {group}")
        for group in ("loudness", "spectrum", "panning", "dynamics")
    ),
    Measure(HUMAN, "B: RMS", "MSE", "B rms", tiny=True),
    Measure(HUMAN, "B: crest", "dB², MSE", "B crest_db", tiny=True),
    Measure(HUMAN, "B: stereo width", "MSE", "B width", tiny=True),
    Measure(HUMAN, "B: left/right imbalance", "MSE", "B imbalance", tiny=True),
    Measure(HUMAN, "B: Bark bands", "ln², MSE", "B bark", tiny=True),
    Measure(HUMAN, "B: weighted sum", "", "B loss", tiny=True),
)
