"""Which ways are open, in which order tracks play, and where compressors spoil the sum."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from daw_bridge.errors import ProjectFileError
from daw_bridge.plugins import Band, ReaComp, ReaEq
from daw_bridge.routing import MASTER, linear, route
from daw_bridge.session import Clip, Fx, Master, Send, SendMode, Session, Source, Track

PLAIN = Master()


def track(name: str, *, empty: bool = False, **kind: object) -> Track:
    clips = () if empty else (Clip(source=Source(path=SOURCE), length_s=1.0),)
    return Track(guid=name, name=name.title(), clips=clips, **kind)  # type: ignore[arg-type]


def session(*tracks: Track, sends: tuple[Send, ...] = (), master: Master = PLAIN) -> Session:
    return Session(name="s", rate=48000, tracks=tracks, sends=sends, master=master)


SOURCE = Path("made up")
COMP = (Fx(name="comp", settings=ReaComp()),)


def test_folders_and_sends_play_after_what_feeds_them_whatever_their_order() -> None:
    made = session(
        track("bus", empty=True),
        track("folder", empty=True),
        track("child", parent="folder"),
        track("voice"),
        sends=(Send(source="voice", target="bus"), Send(source="folder", target="bus")),
    )

    order = route(made).order

    assert order[-1] == MASTER
    assert order.index("child") < order.index("folder") < order.index("bus")
    assert order.index("voice") < order.index("bus")


def test_tracks_that_nobody_hears_are_left_out() -> None:
    made = session(
        track("voice"),
        track("empty", empty=True),
        track("off", to_parent=False),
        track("muted", mute=True),
        track("child of muted", parent="muted"),
    )

    assert route(made).order == ("voice", MASTER)


def test_nothing_is_ordered_where_nothing_sounds() -> None:
    assert route(session(track("voice", mute=True))).order == ()
    assert route(session(track("voice")), only=()).order == ()


def test_a_feedback_loop_is_an_error_that_names_the_tracks() -> None:
    made = session(
        track("one"),
        track("two", empty=True),
        sends=(Send(source="one", target="two"), Send(source="two", target="one")),
    )

    with pytest.raises(ProjectFileError, match=r"One.*Two|Two.*One") as caught:
        route(made)

    assert "Mute" in caught.value.hint


def test_a_muted_send_makes_no_loop() -> None:
    made = session(
        track("one"),
        track("two", empty=True),
        sends=(Send(source="one", target="two"), Send(source="two", target="one", mute=True)),
    )

    assert set(route(made).order) == {"one", "two", MASTER}


def test_a_child_that_sends_to_its_own_folder_is_no_loop() -> None:
    made = session(
        track("folder", empty=True), track("child", parent="folder"), sends=(Send(source="child", target="folder"),)
    )

    assert len(route(made).ways) == 3


def test_solo_overrides_a_tracks_own_mute() -> None:
    assert route(session(track("voice", mute=True, solo=True))).sounding == {"voice"}


def test_only_names_whose_clips_sound_but_not_where_they_go() -> None:
    made = session(
        track("folder"), track("a", parent="folder"), track("b", parent="folder"), master=Master(fx=COMP)
    )

    routing = route(made, only={"a"})

    assert routing.sounding == {"a"}
    assert routing.order == ("a", "folder", MASTER)


def test_what_a_track_holds_does_not_depend_on_solos_and_its_mute() -> None:
    made = session(track("voice", mute=True), track("other", solo=True))

    assert route(made, end="voice", listening=False).sounding == {"voice"}
    assert route(made, end="voice").sounding == frozenset()


def test_a_mix_is_linear_while_no_compressor_stands_behind_a_fader() -> None:
    folder = (track("folder", empty=True), track("a", parent="folder"), track("b", parent="folder"))
    squeezed = dataclasses.replace(folder[0], fx=COMP)
    eq = (Fx(name="eq", settings=ReaEq(bands=(Band(frequency_hz=100.0),))),)

    assert linear(session(*folder))
    assert linear(session(track("voice", fx=COMP), track("backing")))
    assert linear(session(track("voice"), track("backing"), master=Master(fx=eq)))
    assert not linear(session(squeezed, *folder[1:]))
    assert not linear(session(squeezed, folder[1]))
    assert not linear(session(track("voice"), track("backing"), master=Master(fx=COMP)))
    assert not linear(session(track("voice"), master=Master(fx=COMP)))


@pytest.mark.parametrize(("mode", "follows"), [(0, True), (1, False), (3, False)])
def test_a_mix_is_linear_while_every_send_follows_its_fader(mode: int, follows: bool) -> None:
    send = Send(source="voice", target="room", mode=SendMode(mode))
    made = session(track("voice"), track("room", empty=True), sends=(send,))

    assert linear(made) is follows
    assert linear(dataclasses.replace(made, sends=(dataclasses.replace(send, mute=True),)))


@pytest.mark.parametrize("change", [{"enabled": False}, {"settings": None}])
def test_a_compressor_that_does_not_play_leaves_the_mix_linear(change: dict[str, object]) -> None:
    idle = dataclasses.replace(COMP[0], **change)  # type: ignore[arg-type]

    assert linear(session(track("voice"), track("backing"), master=Master(fx=(idle,))))
    assert linear(session(track("voice"), track("backing"), master=Master(fx=COMP, fx_enabled=False)))
