// Draws the figures (uPlot), plays the excerpts (Web Audio), copies the table. All data lies in the page.
(() => {
"use strict";
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const color = name => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();

// ---- figures
const figures = new Map(JSON.parse($("#figures").textContent).map(figure => [figure.key, figure]));
const drawn = new Map();
const FREQUENCIES = [20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000];
const FEWER = [20, 100, 500, 2000, 10000];
const hertz = value => value >= 1000 ? value / 1000 + "k" : String(value);
const number = value => String(Math.round(value * 1000) / 1000).replace("-", "−");

const shown = (_, value) => value == null ? "" : number(value);

function series(spec) {
  const filled = spec.look === "area" || spec.look === "steps";
  return {
    label: spec.label,
    scale: spec.second ? "y2" : "y",
    width: { thin: 1, dashed: 1.5, steps: 0, none: 0 }[spec.look] ?? 2,
    stroke: color(spec.ink),
    dash: { dashed: [5, 4], thin: [2, 3] }[spec.look],
    fill: filled ? color(spec.ink + "-fill") : undefined,
    fillTo: 0,
    paths: spec.look === "steps" ? uPlot.paths.stepped({ align: 1 }) : undefined,
    points: { show: false },
    pxAlign: 0,
    spanGaps: false,
    value: shown,
    class: /^band \d/.test(spec.label) || spec.look === "none" ? "hidden" : undefined,
  };
}

function axis(spec, side, narrow) {
  const font = "12px system-ui, sans-serif";
  return {
    scale: side === "x" ? "x" : side,
    side: { x: 2, y: 3, y2: 1 }[side],
    label: spec.label,
    labelFont: font,
    font,
    labelSize: 18,
    size: side === "x" ? 30 : 40,
    gap: 4,
    stroke: color("ink-2"),
    grid: { stroke: color("grid"), width: 1, show: side !== "y2" },
    ticks: { show: false },
    ...(spec.log && {
      splits: () => (narrow ? FEWER : FREQUENCIES).filter(value => value >= spec.low && value <= spec.high),
      values: (_, splits) => splits.map(hertz),
      filter: (_, splits) => splits,
    }),
    ...(!spec.log && { values: (_, splits) => splits.map(number), space: side === "x" ? 60 : 34 }),
  };
}

function marks(plot, figure) {
  const { ctx, bbox } = plot, unit = devicePixelRatio;
  ctx.save();
  ctx.font = `${11 * unit}px system-ui, sans-serif`;
  for (const mark of figure.marks) {
    const x = plot.valToPos(mark.x, "x", true);
    if (x < bbox.left - 1 || x > bbox.left + bbox.width + 1) continue;
    if (mark.y === null) line(ctx, bbox, unit, x, mark);
    else handle(ctx, bbox, unit, x, plot.valToPos(mark.y, "y", true), mark);
  }
  ctx.restore();
}

function line(ctx, bbox, unit, x, mark) {
  ctx.strokeStyle = ctx.fillStyle = color(mark.ink);
  ctx.lineWidth = unit;
  ctx.setLineDash([4 * unit, 3 * unit]);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  const right = x > bbox.left + bbox.width * 0.6;
  ctx.textAlign = right ? "right" : "left";
  ctx.fillText(mark.label, x + (right ? -5 : 5) * unit, bbox.top + 12 * unit);
}

function handle(ctx, bbox, unit, x, y, mark) {
  const inside = Math.min(Math.max(y, bbox.top), bbox.top + bbox.height);
  const numbered = mark.ink === "handle";
  ctx.fillStyle = color(mark.ink);
  ctx.beginPath();
  ctx.arc(x, inside, (numbered ? 9 : 4.5) * unit, 0, 7);
  ctx.fill();
  ctx.textBaseline = "middle";
  ctx.textAlign = numbered ? "center" : "left";
  if (numbered) {
    ctx.fillStyle = color("on");
    ctx.font = `bold ${11 * unit}px system-ui, sans-serif`;
    ctx.fillText(mark.label, x, inside + unit);
  } else ctx.fillText(mark.label, x + 8 * unit, inside - 8 * unit);
}

function draw(element) {
  const figure = figures.get(element.dataset.figure), width = Math.floor(element.clientWidth);
  const narrow = width < 480;
  const fixed = spec => ({ time: false, distr: spec.log ? 3 : 1, range: [spec.low, spec.high] });
  const height = figure.tall ? Math.min(Math.max(Math.round(width * 0.5), 230), 320) : 150;
  const options = {
    width, height,
    scales: { x: figure.x.log || figure.sync === "" ? fixed(figure.x) : { time: false }, y: fixed(figure.y) },
    axes: [axis(figure.x, "x", narrow), axis(figure.y, "y", narrow)],
    series: [{ label: figure.x.label, value: shown }, ...figure.series.map(series)],
    bands: figure.shade ? [{ series: figure.shade.map(at => at + 1), fill: color(figure.tall ? "shade" : "wave") }] : [],
    cursor: { drag: { x: figure.sync !== "", y: false }, ...(figure.sync && { sync: { key: figure.sync } }) },
    hooks: { draw: [plot => marks(plot, figure)] },
    legend: { show: figure.series.some(one => one.look !== "none"), markers: { dash: (_, at) => /dashed|thin/.test(figure.series[at - 1]?.look) ? "dashed" : "solid" } },
    padding: [10, figure.y2 && !narrow ? 0 : 14, 0, 0],
  };
  if (figure.y2) {
    options.scales.y2 = fixed(figure.y2);
    if (!narrow) options.axes.push(axis(figure.y2, "y2", narrow));
  }
  drawn.get(element)?.destroy();
  drawn.set(element, new uPlot(options, [figure.xs, ...figure.series.map(one => one.values)], element));
  $$("canvas, .u-legend", element).forEach(part => part.setAttribute("aria-hidden", "true"));
}

// Drawn once it has a width: what lies in something closed is drawn when that is opened.
const watch = new ResizeObserver(entries => {
  for (const { target } of entries) {
    const width = Math.floor(target.clientWidth);
    if (width && drawn.get(target)?.width !== width) draw(target);
  }
});
$$(".plot").forEach(element => watch.observe(element));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => [...drawn.keys()].forEach(draw));

// ---- a link to a closed track opens it
function reveal() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  const closed = target && $(":scope > details", target);
  if (closed) closed.open = true;
}
addEventListener("hashchange", reveal);
reveal();

// ---- player
const player = $(".player"), length = Number(player.dataset.length);
const play = $("#play"), seek = $("#seek"), time = $("#time"), head = $(".head"), waves = $$(".waves svg");
const choices = $$("input[name=version]");
let audio = null, loading = null, sources = [], gains = [], started = 0, offset = 0, playing = false;
let chosen = 0;

function bytes(uri) {
  const text = atob(uri.slice(uri.indexOf(",") + 1)), out = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) out[at] = text.charCodeAt(at);
  return out.buffer;
}

function load() {
  audio = new (window.AudioContext || window.webkitAudioContext)();
  return Promise.all($$(".file audio").map(file => audio.decodeAudioData(bytes(file.getAttribute("src")))));
}

const position = () => playing ? (offset + audio.currentTime - started) % length : offset;

async function start() {
  loading ??= load();
  let buffers;
  try {
    buffers = await loading;
    await audio.resume();
  } catch (error) {
    $("#player-error").textContent = "This browser cannot play the excerpts here; the four files below may play.";
    return;
  }
  if (playing) return;
  started = audio.currentTime + 0.02;
  gains = buffers.map((_, at) => new GainNode(audio, { gain: at === chosen ? 1 : 0 }));
  sources = buffers.map((buffer, at) => {
    const source = new AudioBufferSourceNode(audio, { buffer, loop: true, loopEnd: Math.min(length, buffer.duration) });
    source.connect(gains[at]).connect(audio.destination);
    source.start(started, offset);
    return source;
  });
  playing = true;
  show();
  tick();
}

function stop() {
  if (!playing) return;
  offset = position();
  playing = false;
  sources.forEach(source => { source.stop(); source.disconnect(); });
  show();
}

function toggle() { if (playing) stop(); else start(); }

function choose(at) {
  chosen = at;
  choices[at].checked = true;
  // 5 ms: too fast to hear as a fade, slow enough not to click.
  if (playing) gains.forEach((gain, one) => gain.gain.setTargetAtTime(one === at ? 1 : 0, audio.currentTime, 0.005));
  waves.forEach((wave, one) => wave.classList.toggle("on", one === at));
}

function jump(seconds) {
  const was = playing;
  stop();
  offset = Math.min(Math.max(seconds, 0), length - 0.01);
  show();
  if (was) start();
}

function show() {
  const now = Math.max(position(), 0);
  play.textContent = playing ? "Stop" : "Play";
  seek.value = now;
  seek.setAttribute("aria-valuetext", now.toFixed(1) + " seconds");
  time.textContent = now.toFixed(1) + " s";
  head.style.left = 100 * now / length + "%";
}

function tick() {
  if (!playing) return;
  show();
  requestAnimationFrame(tick);
}

play.addEventListener("click", toggle);
seek.addEventListener("input", () => jump(Number(seek.value)));
choices.forEach((choice, at) => choice.addEventListener("change", () => choose(at)));
$(".waves").addEventListener("click", event => {
  const box = event.currentTarget.getBoundingClientRect();
  jump(length * (event.clientX - box.left) / box.width);
});
document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const at = "1234".indexOf(event.key);
  if (at >= 0 && at < choices.length) choose(at);
  else if (event.key === " " && !event.target.closest("button, a, summary, audio")) {
    event.preventDefault();
    if (!event.repeat) toggle();
  }
});
choose(0);

// ---- copy
$("#copy").addEventListener("click", async () => {
  const rows = $$("#all tr").map(row => $$("th, td", row).map(cell => cell.textContent.replace(/\s+/g, " ")).join("\t"));
  try {
    await navigator.clipboard.writeText(rows.join("\n"));
    $("#copied").textContent = "Copied: paste it into a table.";
  } catch (error) {
    getSelection().selectAllChildren($("#all"));
    $("#copied").textContent = "Selected: copy it with Ctrl+C or ⌘C.";
  }
});
})();
