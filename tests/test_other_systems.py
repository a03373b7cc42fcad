"""What Windows and macOS do otherwise, simulated: paths, names, encodings, line ends, files that are open."""

from __future__ import annotations

import ast
import contextlib
import io
import ntpath
import os
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from daw_bridge.cli import main
from daw_bridge.hosts.rpp import media_paths
from daw_bridge.hosts.rpp.project import load_project
from daw_bridge.hosts.rpp.reading import read_session
from daw_bridge.hosts.rpp.tree import parse
from daw_bridge.roles import assign_roles
from daw_bridge.session import Role

ROOT = Path(__file__).resolve().parents[1]

NFC, NFD = (unicodedata.normalize(form, "Sängerin é") for form in ("NFC", "NFD"))


def found(project: Path, written: str) -> Path:
    """The file that a project means by a path, as it stands in its FILE line."""
    source = f'<SOURCE WAVE\n FILE "{written}"\n >\n'
    text = f"<REAPER_PROJECT 0.1\n <TRACK\n  <ITEM\n   POSITION 0\n   LENGTH 1\n   {source}  >\n >\n>\n"
    (clip,) = read_session(parse(text.encode("utf-8", "surrogateescape")), project).tracks[0].clips
    return clip.source.path


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    return path


# Media paths as another system wrote them.


@pytest.mark.parametrize(
    "written",
    [
        r"C:\Songs\Night\media\Lead Vocal.wav",
        r"c:/Songs/Night\media/Lead Vocal.wav",
        r"\\studio-nas\songs\Night\media\Lead Vocal.wav",
        r"\\?\C:\Songs\Night\media\Lead Vocal.wav",
        r"\Songs\Night\media\Lead Vocal.wav",
        r".\media\Lead Vocal.wav",
        r"media\takes\..\Lead Vocal.wav",
        "/Volumes/Songs/Night/media/Lead Vocal.wav",
        "/Users/zoe/Music/media/Lead Vocal.wav",
    ],
)
def test_a_song_that_came_from_another_system_is_found_beside_its_project(tmp_path: Path, written: str) -> None:
    wav = put(tmp_path / "media" / "Lead Vocal.wav")
    (tmp_path / "media" / "takes").mkdir()

    assert found(tmp_path / "Night.rpp", written).samefile(wav)


@pytest.mark.parametrize(("written", "named"), [(NFC, NFD), (NFD, NFC), ("LEAD VOX", "Lead Vox")])
def test_a_name_that_macos_or_windows_takes_for_the_same_is_found(tmp_path: Path, written: str, named: str) -> None:
    wav = put(tmp_path / "Audio" / f"{named}.wav")

    assert found(tmp_path / "Song.rpp", f"Audio/{written}.wav") == wav
    assert found(tmp_path / "Song.rpp", rf"D:\elsewhere\{written}.WAV") == wav


def test_the_very_name_goes_before_one_that_only_looks_the_same(tmp_path: Path) -> None:
    put(tmp_path / "VOX.wav")
    wav = put(tmp_path / "media" / "Vox.wav")

    assert found(tmp_path / "Song.rpp", r"C:\Songs\Vox.wav") == wav


@pytest.fixture
def on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where paths are written, the system is Windows."""
    monkeypatch.setattr(media_paths, "os", SimpleNamespace(sep="\\", path=ntpath))


def test_on_windows_media_is_named_with_backslashes_and_across_drives_in_full(on_windows: None) -> None:
    folder = PureWindowsPath(r"C:\Songs\Night")

    assert media_paths.relative_path(PureWindowsPath(r"C:\Songs\Takes\a.wav"), folder) == r"..\Takes\a.wav"  # type: ignore[arg-type]
    assert media_paths.relative_path(PureWindowsPath(r"D:\Takes\a.wav"), folder) == r"D:\Takes\a.wav"  # type: ignore[arg-type]


def test_a_moved_project_keeps_the_slashes_that_it_had(on_windows: None) -> None:
    new, wav = PureWindowsPath(r"C:\Mixes"), PureWindowsPath(r"C:\Songs\a b.wav")

    assert media_paths._from(new, wav, like=r"media\a b.wav") == r"..\Songs\a b.wav"  # type: ignore[arg-type]
    assert media_paths._from(new, wav, like="media/a b.wav") == "../Songs/a b.wav"  # type: ignore[arg-type]
    assert media_paths._from(new, wav, like="a.wav") == r"..\Songs\a b.wav"  # type: ignore[arg-type]


# Names that differ by what a system does not tell apart.


@pytest.mark.parametrize(("typed", "named"), [(NFC, NFD), (NFD, NFC), (NFC.upper(), NFD)])
def test_a_track_is_found_however_its_accents_are_typed(song: Path, typed: str, named: str) -> None:
    data = Path("Song.rpp").read_bytes().replace(b'NAME "Lead Vocal"', f'NAME "{named}"'.encode(), 1)
    Path("Song.rpp").write_bytes(data)

    session = assign_roles(load_project(Path("Song.rpp")).session, vocal=(typed,))

    assert [track.name for track in session.with_role(Role.LEAD_VOCAL)] == [named]


def test_a_project_whose_ending_is_in_capitals_is_a_project(command, song: Path) -> None:
    (song / "Song.rpp").rename(song / "LOUD.RPP")

    assert command("mix", "LOUD.RPP").code == 0
    assert command("mix", "LOUD.RPP", "-o", "Other.RPP").code == 0
    assert (song / "LOUD.mixed.RPP").is_file()
    assert command("mix", "LOUD.RPP", "-o", "LOUD.RPP").code == 1


def test_what_is_read_is_not_written_over_under_another_of_its_names(command, song: Path) -> None:
    before = (song / "Drums.wav").read_bytes()
    os.link(song / "Drums.wav", song / "DRUMS.WAV")  # as good as one name to Windows and macOS

    done = command("render", "Song.rpp", "-o", "DRUMS.WAV", "--force")

    assert done.code == 1
    assert "is part of what is mixed" in done.err
    assert (song / "Drums.wav").read_bytes() == before


def test_every_file_of_ours_can_be_checked_out_on_every_system() -> None:
    folders = (ROOT / name for name in ("daw_bridge", "predictors", "presets", "reaper_scripts", "tests"))
    found = (path.relative_to(ROOT) for folder in folders for path in folder.rglob("*"))
    paths = [path for path in found if "__pycache__" not in path.parts]
    names = {name for path in paths for name in path.parts}
    reserved = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}

    assert len(paths) > 300
    assert {name for name in names if name.split(".")[0].lower() in reserved} == set()
    assert {name for name in names if set(name) & set('<>:"|?*\\') or name.endswith((" ", "."))} == set()
    assert len({str(path).casefold() for path in paths}) == len(paths)
    assert max(len(str(path)) for path in paths) < 120  # of the 260 that a path on Windows may have


# Line ends.


def test_a_project_of_windows_stays_one_from_mix_to_revert(command, song: Path) -> None:
    windows = (song / "Song.rpp").read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    (song / "Song.rpp").write_bytes(windows)
    (song / "far").mkdir()

    for words in (
        ("mix", "Song.rpp", "--in-place"),
        ("mix", "Song.rpp", "--in-place", "--preset", "rap"),
        ("mix", "Song.rpp", "-o", "far/Song.rpp"),
    ):
        assert command(*words).code == 0
        written = Path(words[3] if len(words) == 4 else "Song.rpp").read_bytes()
        assert b"DAW Bridge: EQ" in written
        assert written.count(b"\r\n") == written.count(b"\n")

    assert command("revert", "Song.rpp").code == 0
    assert (song / "Song.rpp").read_bytes() == windows


# Encodings.


def printed(words: list[str], encoding: str) -> tuple[int, str]:
    """The exit code of a command on a console of this encoding, and all that is shown there."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="strict") for _ in range(2))
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        main(words, "daw-bridge")
    out.flush()
    err.flush()
    # click writes UTF-8 where a console is said to know ASCII only.
    told = b"".join(stream.buffer.getvalue() for stream in (out, err))  # type: ignore[attr-defined]
    return int(ended.value.code or 0), told.decode(encoding, "replace")


EVERYTHING = {
    "mix": ["mix", "Füße 東.rpp", "--dry-run", "--verbose"],
    "mix to files": ["mix", "Füße 東.rpp", "--report", "鼓.html", "--plan", "鼓.json", "--render", "鼓.wav"],
    "mix, json": ["mix", "Füße 東.rpp", "--dry-run", "--json"],
    "mix, of nobody": ["mix", "Füße 東.rpp", "--vocal-track", "Řehoř"],
    "analyze": ["analyze", "Füße 東.rpp"],
    "render": ["render", "Füße 東.rpp", "-o", "渲.wav"],
    "report of nothing": ["report", "Füße 東.rpp"],
    "revert of nothing": ["revert", "Füße 東.rpp"],
    "apply": ["apply", "Plan.json", "Füße 東.rpp"],
    "presets": ["presets"],
    "a preset": ["presets", "pop"],
    "match-reverb": ["match-reverb", "鼓.wav"],
    "no preset": ["presets", "鼓"],
    "no project": ["mix", "没有.rpp"],
    "no recording": ["mix", "--vocal", "没有.wav"],
    "no such option": ["mix", "--鼓"],
    "no such command": ["鼓"],
}


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
@pytest.mark.parametrize("words", EVERYTHING.values(), ids=EVERYTHING)
def test_any_console_can_show_what_a_command_says(song: Path, words: list[str], encoding: str) -> None:
    text = (song / "Song.rpp").read_bytes().replace(b'"Lead Vocal"', '"Lead Vocal 東"'.encode())
    (song / "Füße 東.rpp").write_bytes(text)

    code, shown = printed(words, encoding)

    assert code in (0, 1, 2)
    assert shown
    assert "Traceback" not in shown
    assert "defect" not in shown


@pytest.mark.parametrize("name", [None, *main.commands])
def test_help_can_be_read_on_every_console(name: str | None) -> None:
    code, shown = printed([*([name] if name else []), "--help"], "ascii")

    assert (code, shown.split()[0]) == (0, "Usage:")


def test_a_system_without_utf8_hands_on_the_names_of_files_as_they_are(song: Path) -> None:
    (song / "Lead Vocal.wav").rename(song / "Füße 鼓.wav")
    environment = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "cp1252"}
    files = ["-o", "Ü 鼓.rpp", "--plan", "Ü.json", "--report", "Ü.html"]

    ran = subprocess.run(
        [sys.executable, "-m", "daw_bridge", "mix", "--vocal", "Füße 鼓.wav", "--backing", "Drums.wav", *files],
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    assert b"Traceback" not in ran.stderr
    assert 'FILE "Füße 鼓.wav"'.encode() in (song / "Ü 鼓.rpp").read_bytes()
    assert load_project(song / "Ü 鼓.rpp").session.tracks[0].clips[0].source.path.samefile(song / "Füße 鼓.wav")
    assert (song / "Ü.json").stat().st_size
    (song / "Ü.html").read_text(encoding="utf-8")


def test_no_text_file_is_read_or_written_in_the_systems_own_encoding() -> None:
    folders = (ROOT / "daw_bridge", ROOT / "predictors")
    calls = [call for folder in folders for path in folder.rglob("*.py") for call in text_files(path)]

    assert calls == []


def text_files(path: Path) -> Iterator[str]:
    """Where a source opens a text file without saying in which encoding."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        words = [a.value for a in (*node.args, *(k.value for k in node.keywords)) if isinstance(a, ast.Constant)]
        binary = any(isinstance(word, str) and "b" in word and set(word) <= set("rwxab+") for word in words)
        named = "encoding" in {keyword.arg for keyword in node.keywords}
        opens_text = name in ("read_text", "write_text") or (name in ("open", "fdopen") and not binary)
        if opens_text and not named and not is_no_file(node):
            yield f"{path}:{node.lineno}"


def is_no_file(call: ast.Call) -> bool:
    """`os.open` gives a descriptor and `webbrowser.open` a page."""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    return isinstance(owner, ast.Name) and owner.id in ("os", "webbrowser") and call.func.attr == "open"  # type: ignore[union-attr]


# Files.


@pytest.mark.parametrize(
    "name",
    ["CON.rpp", "nul.RPP", "aux .rpp", "com1.rpp", "LPT\u00b3.tar.rpp", "a:b.rpp", "a?.rpp", "a.rpp ", "a.rpp."],
)
def test_a_name_that_no_file_on_windows_can_have_is_refused_there_and_only_there(
    command, song: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    free = command("mix", "Song.rpp", "-o", "concert.rpp", "--plan", name)
    monkeypatch.setattr("daw_bridge.files.WINDOWS", True)
    done = command("mix", "Song.rpp", "-o", "Concert 1.2.rpp", "--force", "--plan", name)

    assert free.code == 0, free.err
    assert done.code == 1
    assert f"{name}: Windows has no files of this name." in done.err
    assert not (song / "Concert 1.2.rpp").exists()


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="which files are open is asked of Linux")
def test_no_file_is_moved_or_removed_while_it_is_open(command, song: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows refuses that."""

    def closed(path: Path) -> Path:
        held = [str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
        assert str(path.resolve()) not in held, f"{path} is open"
        return path

    replace, unlink = Path.replace, Path.unlink
    monkeypatch.setattr(Path, "replace", lambda path, target: replace(closed(path), closed(Path(target))))
    monkeypatch.setattr(Path, "unlink", lambda path, **more: unlink(closed(path), **more))

    for words in (
        ("mix", "Song.rpp", "--in-place", "--render", "M.wav", "--plan", "P.json", "--report", "R.html"),
        ("mix", "Song.rpp", "--in-place", "--preset", "pop", "--render", "M.wav", "--force"),
        ("report", "Song.rpp", "-o", "R.html", "--force"),
        ("render", "Song.rpp", "-o", "M.flac"),
        ("revert", "Song.rpp"),
    ):
        done = command(*words)
        assert done.code == 0, done.err


def test_paths_may_be_long(command, song: Path) -> None:
    deep = song.joinpath(*(["a folder with quite a long name, as people have them"] * 8))
    deep.mkdir(parents=True)
    assert len(str(deep)) > 260

    assert command("mix", "Song.rpp", "-o", deep / "Song.rpp").code == 0
    assert command("render", deep / "Song.rpp", "-o", deep / "Song.wav").code == 0
    assert np.abs(soundfile.read(deep / "Song.wav")[0]).max() > 0.01


LONG = "x" * 300


@pytest.mark.parametrize(
    "words",
    [
        ("mix", "Song.rpp", "-o", f"{LONG}.rpp"),
        ("mix", f"{LONG}.rpp"),
        ("mix", "--vocal", f"{LONG}.wav"),
        ("mix", "Song.rpp", "--preset", f"{LONG}.toml"),
        ("mix", "Song.rpp", "--reference-vocal", f"{LONG}.wav"),
        ("render", "Song.rpp", "-o", f"{LONG}.wav"),
        ("report", "Mixed.rpp", "-o", f"{LONG}.html"),
        ("apply", f"{LONG}.json", "Song.rpp"),
        ("revert", f"{LONG}.rpp"),
    ],
    ids=lambda words: " ".join(words).replace(LONG, "LONG"),
)
def test_a_name_that_is_too_long_is_told(command, song: Path, words: tuple[str, ...]) -> None:
    before = sorted(song.iterdir())

    done = command(*words)

    assert done.code == 1
    assert LONG in done.err
    assert "defect" not in done.err
    assert "disk full" not in done.err
    assert sorted(song.iterdir()) == before
