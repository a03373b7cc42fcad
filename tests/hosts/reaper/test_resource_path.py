from __future__ import annotations

from pathlib import PurePath

import pytest

from daw_bridge.errors import SetupError
from daw_bridge.hosts.reaper.resource_path import Process, System, find_resource_folder, folder_of

HOMES = {"win32": r"C:\Users\Zoë", "darwin": "/Users/zoë", "linux": "/home/zoë"}


def _system(platform: str, *folders: str, **environment: str) -> System:
    """A machine on which these folders hold a reaper.ini."""

    def is_file(path: PurePath) -> bool:
        return path.name == "reaper.ini" and str(path.parent) in folders

    return System(platform=platform, environment=environment, home=HOMES[platform], is_file=is_file)


@pytest.mark.parametrize(
    ("platform", "environment", "folder"),
    [
        ("win32", {"APPDATA": r"D:\Roaming"}, r"D:\Roaming\REAPER"),
        ("win32", {}, r"C:\Users\Zoë\AppData\Roaming\REAPER"),
        ("darwin", {}, "/Users/zoë/Library/Application Support/REAPER"),
        ("linux", {}, "/home/zoë/.config/REAPER"),
        ("linux", {"XDG_CONFIG_HOME": "/etc/zoë"}, "/etc/zoë/REAPER"),
        ("linux", {"XDG_CONFIG_HOME": "/etc/zoë"}, "/home/zoë/.config/REAPER"),
        ("linux", {}, "/home/zoë/.var/app/fm.reaper.Reaper/config/REAPER"),
    ],
)
def test_an_installed_reaper_is_found_where_its_platform_keeps_settings(platform, environment, folder):
    found = find_resource_folder(_system(platform, folder, **environment))

    assert str(found) == folder


@pytest.mark.parametrize(
    ("platform", "executable", "folder"),
    [
        ("win32", r"E:\REAPER portable\reaper.exe", r"E:\REAPER portable"),
        ("darwin", "/Volumes/Stick/REAPER.app/Contents/MacOS/REAPER", "/Volumes/Stick"),
        ("linux", "/media/stick/REAPER/reaper", "/media/stick/REAPER"),
    ],
)
def test_a_portable_reaper_that_runs_is_meant_though_one_is_installed(platform, executable, folder):
    standard = {"win32": r"C:\Users\Zoë\AppData\Roaming\REAPER", "linux": "/home/zoë/.config/REAPER"}
    system = _system(platform, folder, standard.get(platform, ""))

    found = find_resource_folder(system, running=[Process(pid=7, executable=executable)])

    assert str(found) == folder


def test_an_installed_reaper_that_runs_uses_the_standard_folder():
    system = _system("darwin", "/Users/zoë/Library/Application Support/REAPER")

    folder = folder_of(Process(pid=7, executable="/Applications/REAPER.app/Contents/MacOS/REAPER"), system)

    assert str(folder) == "/Users/zoë/Library/Application Support/REAPER"


def test_a_reaper_that_was_told_its_configuration_uses_that():
    process = Process(pid=7, executable="/opt/REAPER/reaper", arguments=("-new", "-cfgfile", "/box/my.ini"))

    assert str(folder_of(process, _system("linux", "/home/zoë/.config/REAPER"))) == "/box"


def test_of_a_process_that_may_not_be_looked_into_nothing_is_claimed():
    assert folder_of(Process(pid=7, executable=None), _system("linux", "/home/zoë/.config/REAPER")) is None


def test_a_named_folder_counts_before_all_others():
    system = _system("linux", "/home/zoë/.config/REAPER", "/portable")

    found = find_resource_folder(
        system, named="/portable", running=[Process(pid=7, executable="/opt/REAPER/reaper")]
    )

    assert str(found) == "/portable"


def test_a_named_folder_without_reapers_settings_is_refused():
    with pytest.raises(SetupError, match=r"/home/zoë holds no reaper.ini"):
        find_resource_folder(_system("linux", "/home/zoë/.config/REAPER"), named="/home/zoë")


def test_without_reaper_the_error_says_where_it_was_looked_for():
    with pytest.raises(SetupError, match=r"Application Support/REAPER") as caught:
        find_resource_folder(_system("darwin"))

    assert "--resource-path" in caught.value.hint


def test_two_reapers_are_not_guessed_between():
    system = _system("linux", "/home/zoë/.config/REAPER", "/home/zoë/.var/app/fm.reaper.Reaper/config/REAPER")

    with pytest.raises(SetupError, match="more than one REAPER"):
        find_resource_folder(system)
