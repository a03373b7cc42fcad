"""The report in Chromium: it opens quickly and quietly, is drawn, plays, and serves eyes, ears and keyboards."""

from __future__ import annotations

import pytest

POSITION = "Number(document.querySelector('#seek').value)"
PLAYING = "document.querySelector('#play').textContent === 'Stop'"
CHOSEN = "document.querySelector('input[name=version]:checked').value"
SEEK = """(() => {{
  const seek = document.querySelector("#seek");
  seek.value = {};
  seek.dispatchEvent(new Event("input"));
}})()"""

SIZES = {"desktop": 1280, "tablet": 768, "phone": 360}

CONTRAST = """
(() => {
  const channels = text => text.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const color = channels(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const poor = new Set();
  for (const element of document.querySelectorAll("body *")) {
    const said = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!said || !element.checkVisibility() || element.closest("script")) continue;
    const style = getComputedStyle(element), svg = element.namespaceURI.endsWith("svg");
    const one = luminance(channels(svg ? style.fill : style.color)), other = luminance(behind(element));
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < 4.5) poor.add(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`);
  }
  return [...poor];
})()
"""

UNDRAWN = """
[...document.querySelectorAll(".plot")].filter(plot => plot.checkVisibility()).filter(plot => {
  const canvas = plot.querySelector("canvas");
  return !canvas || canvas.toDataURL().length < 3000;
}).map(plot => plot.dataset.figure)
"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_it_opens_drawn_readable_and_without_a_word_of_complaint(browser, page, size, dark) -> None:
    browser.open(page, width=SIZES[size], dark=dark)
    browser.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    browser.wait_for(f"{UNDRAWN}.length === 0")

    assert browser.complaints() == []
    assert browser.requests() == [page.as_uri()]
    assert browser.evaluate(CONTRAST) == []
    assert browser.evaluate("document.documentElement.scrollWidth") == SIZES[size]


def test_it_opens_in_less_than_a_second(browser, page) -> None:
    taken_ms = []
    for _ in range(3):
        browser.open(page)
        taken_ms.append(browser.evaluate("performance.timing.loadEventEnd - performance.timing.navigationStart"))

    assert min(taken_ms) < 1000


def test_a_script_in_a_name_is_shown_and_does_not_run(browser, page) -> None:
    browser.open(page)

    heads = browser.evaluate("[...document.querySelectorAll('.track h2')].map(head => head.firstChild.data)")
    assert "<script>alert(1)</script>" in heads
    assert browser.evaluate("document.scripts.length") == 3
    assert [event for event in browser.events if event.get("method") == "Page.javascriptDialogOpening"] == []


def test_no_script_but_ours_would_run(browser, page) -> None:
    browser.open(page)

    browser.evaluate("""(() => {
      const script = document.createElement("script");
      script.textContent = "window.ran = true";
      document.body.append(script);
    })()""")

    assert browser.evaluate("window.ran") is None


def test_keys_play_switch_at_the_same_place_and_stop(browser, page) -> None:
    browser.open(page)

    browser.press(" ")
    browser.wait_for(f"{PLAYING} && {POSITION} > 0.3")
    before = browser.evaluate(POSITION)
    heard = []
    for key in "2341":
        browser.press(key)
        heard.append(browser.evaluate(CHOSEN))
        assert browser.evaluate(PLAYING)
    after = browser.evaluate(POSITION)
    browser.press(" ")

    assert heard == ["1", "2", "3", "0"]
    assert before <= after < before + 3.0
    browser.wait_for(f"!({PLAYING})")
    stopped = browser.evaluate(POSITION)
    assert stopped >= after
    assert browser.evaluate(f"new Promise(done => setTimeout(() => done({POSITION}), 200))") == stopped
    assert browser.complaints() == []


def test_only_the_chosen_excerpt_is_heard_and_all_run_from_one_start(browser, page) -> None:
    browser.open(page)
    browser.evaluate("""(() => {
      window.made = [];
      window.starts = [];
      const Gain = window.GainNode;
      window.GainNode = function (...given) {
        window.made.push(new Gain(...given));
        return window.made.at(-1);
      };
      const start = AudioBufferSourceNode.prototype.start;
      AudioBufferSourceNode.prototype.start = function (when, offset) {
        window.starts.push([when, offset, this.buffer.length, this.loop]);
        return start.call(this, when, offset);
      };
    })()""")

    browser.evaluate(SEEK.format(4))
    browser.press("3")
    browser.press(" ")
    browser.wait_for(PLAYING)

    first, *others = browser.evaluate("window.starts")
    assert others == [first] * 3
    assert first[1] == 4
    assert first[3] is True
    assert browser.evaluate("window.made.map(node => node.gain.value)") == [0, 0, 1, 0]
    browser.press("2")
    browser.wait_for("window.made[1].gain.value > 0.99 && window.made[2].gain.value < 0.01")
    browser.press(" ")


def test_the_place_can_be_chosen_before_and_while_it_plays(browser, page) -> None:
    browser.open(page)

    browser.evaluate(SEEK.format(5))
    browser.press(" ")
    browser.wait_for(f"{PLAYING} && {POSITION} > 5.1")
    assert browser.evaluate(POSITION) < 8.0
    browser.evaluate(SEEK.format(2))
    browser.wait_for(f"{PLAYING} && {POSITION} > 2.1 && {POSITION} < 5")
    browser.press(" ")


def test_space_on_a_button_presses_it_and_plays_only_once(browser, page) -> None:
    browser.open(page)

    browser.evaluate("document.querySelector('#play').focus()")
    browser.press(" ")
    browser.wait_for(PLAYING)
    browser.press(" ")

    browser.wait_for(f"!({PLAYING})")


def test_the_keyboard_reaches_everything_and_shows_where_it_is(browser, page) -> None:
    browser.open(page)
    reached = []
    for _ in range(16):
        browser.press("Tab")
        reached.append(browser.evaluate("document.activeElement.id || document.activeElement.textContent"))
        outline = "getComputedStyle(document.activeElement.matches('fieldset input') ? "
        outline += "document.activeElement.nextElementSibling : document.activeElement).outlineStyle"
        assert browser.evaluate(outline) == "solid", reached[-1]

    assert reached[0] == "Skip to the report"
    assert {"Listen", "play", "seek"} <= set(reached)


def test_a_link_opens_the_track_that_it_leads_to(browser, page) -> None:
    browser.open(page)
    closed = "document.querySelector('.track > details:not([open])')"
    link = browser.evaluate(f"'#' + {closed}.parentElement.id")

    browser.evaluate(f"document.querySelector('nav a[href=\"{link}\"]').click()")

    browser.wait_for(f"document.querySelector('{link} details').open")
    browser.wait_for(f"document.querySelector('{link} canvas') !== null")


def test_the_table_is_copied_or_at_least_selected(browser, page) -> None:
    browser.open(page)

    browser.evaluate("document.querySelector('#copy').click()")

    browser.wait_for("document.querySelector('#copied').textContent !== ''")


def test_all_that_is_drawn_has_a_name_words_and_numbers(browser, page) -> None:
    browser.open(page)

    lacking = browser.evaluate("""[...document.querySelectorAll(".plot")].filter(plot => {
      const named = name => document.getElementById(plot.getAttribute(name));
      const [name, words] = ["aria-labelledby", "aria-describedby"].map(named);
      return plot.getAttribute("role") !== "img" || !name.textContent || !words.textContent
        || plot.parentElement.querySelectorAll("tbody tr").length < 5;
    }).map(plot => plot.dataset.figure)""")
    unnamed = browser.evaluate("""[...document.querySelectorAll("button, a, input, svg[role=img], audio")]
      .filter(one => !(one.textContent.trim() || one.getAttribute("aria-label") || one.closest("label"))).length""")
    assert lacking == []
    assert unnamed == 0
    assert browser.evaluate("document.querySelectorAll('main, header, nav, footer').length") == 4
    assert browser.evaluate("document.querySelectorAll('[id]').length") == browser.evaluate(
        "new Set([...document.querySelectorAll('[id]')].map(one => one.id)).size"
    )
