"""Everything that a user can run into, as one tree.

DawBridgeError                  something the user can mend: exit code 1
├── AudioFileError              a recording cannot be used
├── ProjectFileError            a project file cannot be read or written
├── RolesError                  it is unclear which track is the vocal
├── PresetError                 a preset is not valid, or who should decide by it cannot
├── PlanError                   a plan does not fit the project, or is not a plan
├── NothingToMixError           the tracks hold nothing to decide on (silence)
├── MatchError                  recordings cannot be matched with each other
├── DatasetError                a folder holds no songs to learn from or to be judged on, or one cannot be read
├── OutputError                 the result cannot be written where it should go
├── MissingExtraError           a command needs a library that is installed on request only
├── SetupError                  REAPER's configuration cannot be found, or cannot be changed now
└── ReaperUnreachableError      the open REAPER does not answer: exit code 3

A built-in exception that leaves daw_bridge is a defect of ours.
"""

from __future__ import annotations


class DawBridgeError(Exception):
    """What went wrong, with names and numbers, and the next step for the user.

    `hint` is a sentence of its own: what to do about it.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class AudioFileError(DawBridgeError):
    """A recording is missing, is not audio, is cut off, empty or not finite."""


class ProjectFileError(DawBridgeError):
    """A `.rpp` cannot be read or written; the message names the line where one is to blame."""


class RolesError(DawBridgeError):
    """Which track is the vocal and which the backing cannot be told from names and options."""


class PresetError(DawBridgeError):
    """A preset is unknown, is not TOML, has keys or values that it cannot have; its predictor cannot decide."""


class PlanError(DawBridgeError):
    """A plan cannot be read, or names tracks that the project does not have."""


class NothingToMixError(DawBridgeError):
    """A vocal or a backing is silent, so that there is nothing to balance."""


class MatchError(DawBridgeError):
    """Recordings have nothing to do with each other, or nothing can be found from them."""


class DatasetError(DawBridgeError):
    """A folder is no data set, holds nothing that can be used, or one of its files cannot be read."""


class OutputError(DawBridgeError):
    """The result cannot be written: no such folder, a full disk, a file in the way."""


class MissingExtraError(DawBridgeError):
    """A command needs a library that comes with an extra of the package, and it is not installed."""


class SetupError(DawBridgeError):
    """REAPER's configuration cannot be found, is not what it should be, or cannot be changed while REAPER runs."""


class ReaperUnreachableError(DawBridgeError):
    """The open REAPER cannot be reached, or stopped answering."""

    exit_code = 3
