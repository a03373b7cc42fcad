from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daw_bridge.errors import SetupError
from daw_bridge.hosts.reaper import own_folder, setup
from daw_bridge.hosts.reaper.configuration import (
    ACTIONS,
    INI,
    KB,
    Record,
    command_id,
    configured_library,
    dumps_record,
    loads_record,
    registered,
    with_us,
    without_us,
)
from daw_bridge.hosts.reaper.python_library import Interpreter, Library, ask, candidates, library_of, version_of
from daw_bridge.hosts.reaper.resource_path import Process

LIBRARY = Library(
    path=PurePosixPath("/opt/my python/lib/libpython3.11.so.1.0"), interpreter="/opt/my python/bin/python3"
)
SCRIPTS = PurePosixPath("/home/zoë/my things/reaper_scripts")

KB_LINES = (
    b"KEY 1 65 40001 0\t\t# Main : A",
    b'SCR 4 0 RSabc "Custom: theirs.lua" "ZP Suite/theirs.lua"',
    b"SCR 4 0 RSdef 'Custom: it is.lua' plain.lua",
    b'ACT 1 0 "x" "Custom: two" _RSabc 40001',
    b"SCR broken",
    b"\xff\xfe not text",
    b"",
)
INI_LINES = (b"[REAPER]", b"[reaper]", b"[Recent]", b"reascript=0", b" pythonlibpath64 = /old ", b"undo=1", b"")


def _file(lines: tuple[bytes, ...]) -> st.SearchStrategy[bytes | None]:
    line = st.tuples(st.sampled_from(lines), st.sampled_from([b"\n", b"\r\n"])).map(b"".join)
    whole = st.tuples(st.lists(line).map(b"".join), st.sampled_from([b"", *lines])).map(b"".join)
    return st.none() | whole


@given(ini=_file(INI_LINES), kb=_file(KB_LINES), runs=st.integers(1, 3))
def test_removing_gives_back_the_very_bytes_however_often_it_was_set_up(ini, kb, runs):
    files, record = {INI: ini, KB: kb}, Record()
    for _ in range(runs):
        made = with_us(files, record, scripts=SCRIPTS, library=LIBRARY)
        files, record = made.files, loads_record(dumps_record(made.record))

    assert without_us(files, record) == {INI: ini, KB: kb}


@given(ini=_file(INI_LINES), kb=_file(KB_LINES))
def test_doing_it_twice_is_doing_it_once(ini, kb):
    once = with_us({INI: ini, KB: kb}, Record(), scripts=SCRIPTS, library=LIBRARY)
    twice = with_us(once.files, once.record, scripts=SCRIPTS, library=LIBRARY)

    assert twice == once


@given(ini=_file(INI_LINES))
def test_after_a_move_and_another_python_removing_still_gives_back_what_was_there_first(ini):
    other = Library(path=PurePosixPath("/usr/lib/libpython3.13.so.1.0"), interpreter="/usr/bin/python3.13")

    first = with_us({INI: ini, KB: None}, Record(), scripts=SCRIPTS, library=LIBRARY)
    second = with_us(first.files, first.record, scripts=PurePosixPath("/elsewhere"), library=other)

    assert [Path(entry.script).parent for entry in registered(second.files[KB] or b"")] == [Path("/elsewhere")] * 4
    assert without_us(second.files, second.record) == {INI: ini, KB: None}


def test_python_is_switched_on_and_the_actions_are_registered():
    made = with_us(
        {INI: b"[reaper]\r\nx=1\r\n", KB: b"KEY 1 65 40001 0\r\n"}, Record(), scripts=SCRIPTS, library=LIBRARY
    )

    python = b"pythonlibdll64=libpython3.11.so.1.0\r\npythonlibpath64=/opt/my python/lib\r\nreascript=1\r\n"
    assert made.files[INI] == b"[reaper]\r\n" + python + b"x=1\r\n"
    mix = f'SCR 516 0 {command_id("Mix vocal and backing")} "Custom: DAW Bridge: Mix vocal and backing" '
    mix += '"/home/zoë/my things/reaper_scripts/DAW Bridge_Mix vocal and backing.lua"\r\n'
    assert (made.files[KB] or b"").startswith(b"KEY 1 65 40001 0\r\n" + mix.encode())
    assert made.start_command == "_" + command_id("Start bridge")


@pytest.mark.parametrize("folder", ["/it's here", '/the "new" one', '/it\'s the "new" one'])
def test_paths_with_quotes_are_read_back_as_they_are(folder):
    made = with_us({INI: b"", KB: b""}, Record(), scripts=PurePosixPath(folder), library=None)

    assert {entry.script for entry in registered(made.files[KB] or b"")} == {
        f"{folder}/{name}" for name in ACTIONS.values()
    }


def test_windows_paths_are_written_as_they_are():
    library = Library(path=PureWindowsPath(r"C:\Program Files\Python312\python312.dll"), interpreter="")
    made = with_us(
        {INI: b"[reaper]\r\n", KB: None}, Record(), scripts=PureWindowsPath(r"C:\Zoë\S"), library=library
    )

    assert rb"pythonlibpath64=C:\Program Files\Python312" in (made.files[INI] or b"")
    assert registered(made.files[KB] or b"")[0].script == r"C:\Zoë\S\DAW Bridge_Mix vocal and backing.lua"


def test_a_value_that_the_user_changed_since_is_kept_when_we_go():
    made = with_us({INI: b"[reaper]\nreascript=0\n", KB: None}, Record(), scripts=SCRIPTS, library=LIBRARY)
    theirs = (made.files[INI] or b"").replace(b"libpython3.11.so.1.0", b"libpython3.12.so.1.0")

    after = without_us({INI: theirs, KB: made.files[KB]}, made.record)

    assert after[INI] == b"[reaper]\npythonlibdll64=libpython3.12.so.1.0\nreascript=0\n"


def test_python_that_reaper_has_already_is_left_as_it_is():
    folder, name = LIBRARY.path.parent, LIBRARY.path.name
    ini = f"[reaper]\nreascript=1\npythonlibpath64={folder}\npythonlibdll64={name}\n".encode()

    made = with_us({INI: ini, KB: None}, Record(), scripts=SCRIPTS, library=LIBRARY)

    assert made.files[INI] == ini
    assert configured_library(ini) == Path(LIBRARY.path)


def test_a_damaged_record_is_told():
    with pytest.raises(SetupError, match="damaged"):
        loads_record(b'{"values": []}')


@pytest.fixture
def resource(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The resource folder of a REAPER that does not run, on a machine whose Python has a library."""
    folder = tmp_path / "REAPER of Zoë"
    folder.mkdir()
    (folder / INI).write_bytes(b"[REAPER]\r\nlastproject=/x.rpp\r\n")
    library = tmp_path / "libpython3.11.so.1.0"
    library.write_bytes(b"\x7fELF")
    monkeypatch.setattr(setup, "running_reapers", tuple)
    monkeypatch.setattr(setup, "find_library", lambda: Library(path=library, interpreter=sys.executable))
    return folder


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_setting_up_and_removing_leaves_only_backups(resource):
    before = _tree(resource)

    setup.set_up(resource, version="0.1.0")
    told = setup.set_up(resource, version="0.1.0", remove=True)

    after = _tree(resource)
    assert {name: data for name, data in after.items() if ".bak" not in name} == before
    assert {*after} - {*before} == {"reaper.ini.bak", "reaper.ini.bak1", "reaper-kb.ini.bak"}
    assert after["reaper.ini.bak"] == before[INI]
    assert not (resource / "DAW Bridge").exists()
    assert "out of REAPER's configuration" in told


def test_a_second_run_changes_nothing_and_makes_no_backup(resource):
    setup.set_up(resource, version="0.1.0")
    before = _tree(resource)

    told = setup.set_up(resource, version="0.1.0")

    assert _tree(resource) == before
    assert "changed" not in told


def test_a_dry_run_shows_the_changes_and_makes_none(resource):
    before = _tree(resource)

    told = setup.set_up(resource, version="0.1.0", dry_run=True)

    assert _tree(resource) == before
    assert "+reascript=1" in told
    assert "+SCR 260 0 " in told


@pytest.mark.parametrize("executable", [None, "standing in"])
def test_while_that_reaper_runs_or_may_run_nothing_is_changed(resource, monkeypatch, executable):
    program = executable and str(resource / "reaper")  # portable: beside its reaper.ini
    monkeypatch.setattr(setup, "running_reapers", lambda: (Process(pid=77, executable=program),))
    before = _tree(resource)

    with pytest.raises(SetupError, match="process 77") as caught:
        setup.set_up(resource, version="0.1.0")

    assert _tree(resource) == before
    assert caught.value.hint.startswith("Quit REAPER")


def test_another_reaper_may_run(resource, monkeypatch, tmp_path):
    (tmp_path / INI).write_bytes(b"")
    monkeypatch.setattr(setup, "running_reapers", lambda: (Process(pid=77, executable=str(tmp_path / "reaper")),))

    assert "changed" in setup.set_up(resource, version="0.1.0")


def test_a_reaper_that_needs_no_change_may_run(resource, monkeypatch):
    setup.set_up(resource, version="0.1.0")
    (resource / "DAW Bridge" / own_folder.ACTIONS_FILE).write_text("of an older version", encoding="utf-8")
    monkeypatch.setattr(setup, "running_reapers", lambda: (Process(pid=77, executable=str(resource / "reaper")),))

    setup.set_up(resource, version="0.1.0")

    assert "cli=" in (resource / "DAW Bridge" / own_folder.ACTIONS_FILE).read_text(encoding="utf-8")


def test_actions_that_reapack_installed_are_not_added_again(resource):
    script = resource / "Scripts" / "DAW Bridge" / ACTIONS["Start bridge"]
    script.parent.mkdir(parents=True)
    script.write_text("", encoding="utf-8")
    line = f'SCR 4 0 RS123 "Custom: {script.name}" "DAW Bridge/{script.name}"\n'
    (resource / KB).write_text(line, encoding="utf-8")

    setup.set_up(resource, version="0.1.0")

    assert [entry.command for entry in registered((resource / KB).read_bytes())].count("RS123") == 1
    assert command_id("Start bridge").encode() not in (resource / KB).read_bytes()
    assert "start=_RS123\n" in (resource / "DAW Bridge" / own_folder.ACTIONS_FILE).read_text(encoding="utf-8")


def test_the_token_is_readable_by_its_user_alone_and_stays_the_same(resource):
    setup.set_up(resource, version="0.1.0")
    token = resource / "DAW Bridge" / "token"
    secret = token.read_text(encoding="ascii")
    token.chmod(0o644)

    setup.set_up(resource, version="0.1.0")

    assert token.read_text(encoding="ascii") == secret
    assert len(bytes.fromhex(secret)) == 32
    if os.name == "posix":
        assert stat.S_IMODE(token.stat().st_mode) == 0o600


def test_a_machine_without_any_shared_python_is_told_what_to_install(resource, monkeypatch):
    monkeypatch.setattr(setup, "find_library", lambda: None)
    before = _tree(resource)

    with pytest.raises(SetupError, match="no shared library"):
        setup.set_up(resource, version="0.1.0")

    assert _tree(resource) == before


def test_that_reaper_gets_another_python_than_runs_us_is_told(resource, monkeypatch, tmp_path):
    library = Library(path=tmp_path / "libpython3.11.so.1.0", interpreter="/usr/bin/python3.11")
    monkeypatch.setattr(setup, "find_library", lambda: library)

    assert f"({sys.executable}) has no shared library" in setup.set_up(resource, version="0.1.0")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="python -P is of 3.11")
def test_the_command_that_the_actions_start_works_from_any_folder(tmp_path):
    (tmp_path / "daw_bridge.py").write_text(
        "raise SystemExit('imported from the working folder')", encoding="utf-8"
    )

    command = [*own_folder.command_line(), "--version"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)

    assert "daw-bridge" in done.stdout


@pytest.mark.parametrize(
    ("platform", "prefix", "variables", "library"),
    [
        ("win32", r"C:\Python312", {}, r"C:\Python312\python312.dll"),
        ("darwin", "/opt/py", {"LIBDIR": "/opt/py/lib"}, "/opt/py/lib/libpython3.12.dylib"),
        (
            "linux",
            "/usr",
            {"INSTSONAME": "libpython3.12.so.1.0", "LIBDIR": "/usr/lib/x"},
            "/usr/lib/x/libpython3.12.so.1.0",
        ),
        ("linux", "/usr", {"LIBDIR": "/usr/lib", "MULTIARCH": "t"}, "/usr/lib/t/libpython3.12.so.1.0"),
        ("linux", "/usr", {"LDLIBRARY": "libpython3.12.a", "LIBDIR": "/l"}, None),
    ],
)
def test_the_library_is_looked_for_where_each_platform_has_it(platform, prefix, variables, library):
    interpreter = Interpreter(
        platform=platform, executable="p", version=(3, 12), prefix=prefix, variables=variables
    )

    found = library_of(interpreter, lambda path: str(path) == library)

    assert (found and str(found.path)) == library
    assert all(version_of(path) == (3, 12) for path in candidates(interpreter))


def test_a_python_that_is_too_old_is_not_given_to_reaper():
    interpreter = Interpreter(platform="win32", executable="p", version=(3, 7), prefix="C:", variables={})

    assert library_of(interpreter, lambda path: True) is None


def test_this_python_tells_about_itself_and_another_program_does_not():
    told = ask(sys.executable)

    assert told is not None
    assert told.version == sys.version_info[:2]
    assert ask("/bin/false") is None
    assert ask("/no/such/python") is None
