const MARGIN = { left: 44, right: 12, top: 10, bottom: 22 };
const HEIGHT = 200;
const DASHES = [[], [6, 3], [2, 3]]; // with the shades: colour is not the only sign

function rows(bytes, count) {
  const all = numbers(bytes), k = all.length / count;
  return Array.from({ length: count }, (_, i) => all.subarray(i * k, (i + 1) * k));
}

function shades(c) {
  return [c.third, c.accent, c.second];
}

function range(lists) {
  let low = Infinity, high = -Infinity;
  for (const list of lists) for (const v of list) if (Number.isFinite(v)) {
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return low > high ? null : [low, high];
}

function ticks(low, high, count) {
  const rough = (high - low) / count, power = 10 ** Math.floor(Math.log10(rough));
  const size = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999);
  const found = [];
  for (let v = Math.ceil(low / size - 1e-9) * size; v <= high + size * 1e-6; v += size) found.push(v);
  return found;
}

/** A plot's y range: from zero, unless a long curve stays far from it. */
function limits(found, unit, points) {
  if (!found) return [0, 1];
  let [low, high] = found;
  if (unit && low >= 0 && high <= 1) return [0, 1];
  if (low >= 0 && (points < 100 || low < high * 0.6)) low = 0;
  if (low === high) { low -= Math.abs(low) * 0.1 || 0.5; high += Math.abs(high) * 0.1 || 0.5; }
  return [low, high + (high - low) * 0.04];
}

function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const root = make("div", { class: "wb wb-curves" });
  const legends = [0, 1, 2].map(() => make("div", { class: "wb-legend wb-h" })); // loss, the metric, what steps have beside it
  const canvases = [0, 1, 2].map(() => make("canvas", { tabindex: "0", role: "img" }));
  const read = make("span", { class: "wb-grow", role: "status", "aria-live": "polite" });
  const holder = make("div", { class: "wb-scroll" });
  const toggle = tableToggle(model, holder, buildTable);
  const boxes = [0, 1, 2].map((i) => make("div", { class: "wb-plot" }, legends[i], canvases[i]));
  root.append(...boxes, make("div", { class: "wb-read" }, read, toggle.button), holder);
  el.replaceChildren(root);
  let data, cursor = null;

  function load() {
    const [step, low, high, smooth] = rows(model.get("train"), 4);
    const [badStep, badCode] = rows(model.get("bad"), 2);
    const [evalStep, evalLoss, evalMetric] = rows(model.get("validation"), 3);
    const last = Math.max(step.length ? step[step.length - 1] : 0,
      evalStep.length ? evalStep[evalStep.length - 1] : 0);
    const total = model.get("total_steps");
    data = { step, low, high, smooth, badStep, badCode, evalStep, evalLoss, evalMetric,
      end: Math.max(total, last, 1), epoch: total ? model.get("epochs") / total : 0 };
    const measures = model.get("measures").map((one) => ({ ...one, own: rows(one.train, 2), evals: rows(one.validation, 2) }));
    data.own = measures.find((one) => one.name === model.get("metric")); // of the metric by step
    data.beside = measures.filter((one) => one !== data.own);
    data.hasMetric = Boolean(model.get("metric_title")) && (evalMetric.some(Number.isFinite) || Boolean(data.own));
    if (cursor !== null && cursor > data.end) cursor = null;
  }

  function drawLegends(c) {
    const item = (colour, shape, text) => {
      const mark = make("i", { class: shape });
      mark.style.color = colour;
      return make("span", {}, mark, text);
    };
    const first = [item(c.accent, "", model.get("span") > 1 ? say("smooth", { n: model.get("span") }) : say("smooth_none")), item(c.raw, "", say("raw"))];
    if (data.evalStep.length) first.push(item(c.second, "wb-dot", say("validation")));
    const bad = model.get("bad_points");
    if (bad) first.push(make("span", { class: "wb-badmark", text: "▼ " + say("bad", { n: bad }) }));
    legends[0].replaceChildren(...first);
    legends[0].querySelector(".wb-badmark")?.style.setProperty("color", c.bad);
    legends[1].replaceChildren(...(data.hasMetric ? [item(c.third, "wb-dot", say("metric", { name: model.get("metric_title") })),
      ...(data.own ? [item(c.accent, "", say("by_step"))] : [])] : []));
    boxes[1].hidden = !data.hasMetric;
    legends[2].replaceChildren(...data.beside.map(({ title }, i) => {
      const one = item(shades(c)[i % 3], "", title);
      one.firstChild.style.borderTopStyle = ["solid", "dashed", "dotted"][i % 3];
      return one;
    }), ...(data.beside.length ? [make("span", { class: "wb-note", text: say("beside") })] : []));
    boxes[2].hidden = !data.beside.length;
    root.classList.toggle("wb-single", !data.hasMetric);
  }

  function frame(canvas, c, [low, high]) {
    const width = Math.max(180, Math.floor(canvas.parentElement.clientWidth));
    const g = fit(canvas, width, HEIGHT);
    const w = width - MARGIN.left - MARGIN.right, h = HEIGHT - MARGIN.top - MARGIN.bottom;
    const X = (s) => MARGIN.left + (s / data.end) * w;
    const Y = (v) => MARGIN.top + (1 - (v - low) / (high - low)) * h;
    g.font = "11px " + c.font;
    g.fillStyle = c.soft;
    g.strokeStyle = c.line;
    g.lineWidth = 1;
    g.textBaseline = "middle";
    g.textAlign = "right";
    for (const v of ticks(low, high, 4)) {
      const y = Math.round(Y(v)) + 0.5;
      g.beginPath(); g.moveTo(MARGIN.left, y); g.lineTo(MARGIN.left + w, y); g.stroke();
      g.fillText(short(Math.abs(v) < 1e-12 ? 0 : v), MARGIN.left - 6, y);
    }
    g.textBaseline = "alphabetic";
    const unit = data.epoch || 1, marks = ticks(0, data.end * unit, w > 300 ? 6 : 3);
    marks.forEach((v, i) => {
      g.textAlign = i === 0 ? "left" : v > data.end * unit * 0.97 ? "right" : "center";
      const label = i === 1 ? say(data.epoch ? "epoch_at" : "step_at", { value: short(v) }) : short(v);
      g.fillText(label, X(v / unit), HEIGHT - 6);
    });
    return { g, X, Y, w, h };
  }

  function path(g, X, Y, xs, ys) {
    let pen = false;
    g.beginPath();
    for (let i = 0; i < xs.length; i++) {
      if (!Number.isFinite(ys[i])) { pen = false; continue; }
      const x = X(xs[i]), y = Y(ys[i]);
      if (pen) g.lineTo(x, y);
      else { g.moveTo(x, y); g.lineTo(x + 0.01, y); }
      pen = true;
    }
    g.stroke();
  }

  function envelope(g, X, Y) {
    const { step, low, high } = data;
    let pen = false;
    g.beginPath();
    for (let i = 0; i < step.length; i++) {
      if (!Number.isFinite(low[i])) { pen = false; continue; }
      const x = X(step[i]);
      if (pen) g.lineTo(x, Y(low[i]));
      else g.moveTo(x, Y(low[i]));
      g.lineTo(x, Y(high[i]) - (low[i] === high[i] ? 0.01 : 0));
      pen = true;
    }
    g.stroke();
  }

  function dots(g, X, Y, xs, ys, colour, card) {
    for (let i = 0; i < xs.length; i++) {
      if (!Number.isFinite(ys[i])) continue;
      g.beginPath(); g.arc(X(xs[i]), Y(ys[i]), 4, 0, 7);
      g.fillStyle = colour; g.fill();
      g.strokeStyle = card; g.lineWidth = 1.5; g.stroke();
    }
  }

  function rule(p) {
    if (cursor === null) return;
    p.g.strokeStyle = colours(root).soft;
    p.g.lineWidth = 1;
    p.g.setLineDash([3, 3]);
    p.g.beginPath(); p.g.moveTo(p.X(cursor), MARGIN.top); p.g.lineTo(p.X(cursor), MARGIN.top + p.h); p.g.stroke();
    p.g.setLineDash([]);
  }

  function draw() {
    if (!root.isConnected) return;
    load();
    const c = colours(root);
    drawLegends(c);
    const p = frame(canvases[0], c, limits(range([data.low, data.high, data.evalLoss]), false, data.step.length));
    p.g.lineJoin = "round";
    for (let i = 0; i < data.badStep.length; i++) { // a gap on purpose: marked, not bridged
      const x = p.X(data.badStep[i]);
      p.g.fillStyle = faded(c.bad, 0.16);
      p.g.fillRect(x - 1.5, MARGIN.top, 3, p.h);
      p.g.fillStyle = c.bad;
      p.g.beginPath(); p.g.moveTo(x - 4, MARGIN.top - 7); p.g.lineTo(x + 4, MARGIN.top - 7); p.g.lineTo(x, MARGIN.top); p.g.fill();
    }
    p.g.strokeStyle = c.raw; p.g.lineWidth = 1.2;
    envelope(p.g, p.X, p.Y);
    p.g.strokeStyle = c.accent; p.g.lineWidth = 2;
    path(p.g, p.X, p.Y, data.step, data.smooth.map((v, i) => Number.isFinite(data.low[i]) ? v : NaN));
    p.g.strokeStyle = c.second; p.g.lineWidth = 1.5; p.g.setLineDash([5, 3]);
    path(p.g, p.X, p.Y, data.evalStep, data.evalLoss);
    p.g.setLineDash([]);
    dots(p.g, p.X, p.Y, data.evalStep, data.evalLoss, c.second, c.card);
    rule(p);
    if (!data.step.length) {
      p.g.fillStyle = c.soft; p.g.textAlign = "center";
      p.g.fillText(say("empty"), MARGIN.left + p.w / 2, MARGIN.top + p.h / 2);
    }
    if (data.hasMetric) {
      const q = frame(canvases[1], c, limits(range([data.evalMetric, data.own ? data.own.own[1] : []]), true, 0));
      if (data.own) {
        q.g.strokeStyle = c.accent; q.g.lineWidth = 1.5;
        path(q.g, q.X, q.Y, ...data.own.own);
      }
      q.g.strokeStyle = c.third; q.g.lineWidth = 2;
      path(q.g, q.X, q.Y, data.evalStep, data.evalMetric);
      dots(q.g, q.X, q.Y, data.evalStep, data.evalMetric, c.third, c.card);
      rule(q);
    }
    if (data.beside.length) {
      const q = frame(canvases[2], c, limits(range(data.beside.flatMap((one) => [one.own[1], one.evals[1]])), false, 0));
      data.beside.forEach((one, i) => {
        q.g.strokeStyle = shades(c)[i % 3]; q.g.lineWidth = 1.5; q.g.setLineDash(DASHES[i % 3]);
        path(q.g, q.X, q.Y, ...one.own);
        q.g.setLineDash([]);
        dots(q.g, q.X, q.Y, ...one.evals, shades(c)[i % 3], c.card);
      });
      rule(q);
    }
    const summary = describe(data.step.length - 1), keys = keySigns("curve", "previous", "next");
    canvases[0].setAttribute("aria-label", say("loss_label", { summary, keys }));
    canvases[1].setAttribute("aria-label", say("metric_label", { name: model.get("metric_title"), summary, keys }));
    canvases[2].setAttribute("aria-label", say("beside_label", { names: data.beside.map((one) => one.title).join(", "), summary, keys }));
    root.dataset.points = model.get("points");
    root.dataset.columns = data.step.length;
    if (cursor === null) read.textContent = summary;
    else read.textContent = describe(nearest(data.step, cursor));
    toggle.refresh();
  }

  function nearest(list, value) {
    let low = 0, high = list.length - 1;
    while (high - low > 1) { const mid = (low + high) >> 1; if (list[mid] <= value) low = mid; else high = mid; }
    return Math.abs(list[low] - value) <= Math.abs(list[high] - value) ? low : high;
  }

  /** One column in words: what the pointer and the keyboard read out. */
  function describe(i) {
    if (i < 0 || !data.step.length) return say("empty");
    const parts = [say("at_step", { n: data.step[i] })];
    if (data.epoch) parts.push(say("at_epoch", { value: (data.step[i] * data.epoch).toFixed(2) }));
    if (Number.isFinite(data.low[i])) {
      const [a, b] = [short(data.low[i]), short(data.high[i])];
      parts.push(say("at_loss", { value: a === b ? a : a + "–" + b }), say("at_smooth", { value: short(data.smooth[i]) }));
    } else parts.push(say("at_bad"));
    for (const { title, own } of data.own ? [data.own, ...data.beside] : data.beside) parts.push(say("at_metric", { name: title, value: short(own[1][nearest(own[0], data.step[i])]) }));
    let e = -1;
    for (let k = 0; k < data.evalStep.length; k++) if (data.evalStep[k] <= data.step[i]) e = k;
    if (e >= 0) {
      parts.push(say("at_validation", { value: short(data.evalLoss[e]) }));
      if (data.hasMetric) parts.push(say(data.own ? "at_held_out" : "at_metric", { name: model.get("metric_title"), value: short(data.evalMetric[e]) }));
    }
    return parts.join(" · ");
  }

  function buildTable() {
    const n = data.step.length, picked = new Set();
    for (let k = 0; k < Math.min(n, 20); k++) picked.add(Math.round((k * (n - 1)) / Math.max(1, Math.min(n, 20) - 1)));
    data.evalStep.forEach((s) => n && picked.add(nearest(data.step, s)));
    const head = ["step", "loss_low", "loss_high", "smoothed", "validation", "metric_head"].map((k) => say(k, { name: model.get("metric_title") || "–" }));
    const every = data.own ? [data.own, ...data.beside] : data.beside;
    head.push(...every.map(({ title }) => say("train_head", { name: title })), ...data.beside.map(({ title }) => say("metric", { name: title })));
    const out = [...picked].sort((a, b) => a - b).map((i) => {
      let e = -1;
      data.evalStep.forEach((s, k) => { if (nearest(data.step, s) === i) e = k; });
      return [data.step[i], data.low[i], data.high[i], data.smooth[i],
        e < 0 ? "" : data.evalLoss[e], e < 0 ? "" : data.evalMetric[e],
        ...every.map(({ own }) => own[1][nearest(own[0], data.step[i])]),
        ...data.beside.map(({ evals }) => { const k = e < 0 ? -1 : evals[0].indexOf(data.evalStep[e]); return k < 0 ? "" : evals[1][k]; })];
    });
    return table(say("table_caption"), head, out);
  }

  const redraw = batched(draw);
  canvases.forEach((canvas) => {
    canvas.addEventListener("pointermove", (event) => {
      const box = canvas.getBoundingClientRect();
      const w = box.width - MARGIN.left - MARGIN.right;
      cursor = Math.min(data.end, Math.max(0, ((event.clientX - box.left - MARGIN.left) / w) * data.end));
      redraw();
    });
    canvas.addEventListener("pointerleave", () => { cursor = null; redraw(); });
    canvas.addEventListener("blur", () => { cursor = null; redraw(); });
    onKeys(canvas, "curve", (what) => {
      const n = data.step.length;
      if (!n) return false;
      const at = cursor === null ? n - 1 : nearest(data.step, cursor);
      const big = Math.max(1, Math.round(n / 20)), jump = { jump: at + big, jumpBack: at - big }[what];
      const to = jump === undefined ? led(what, at, n) : Math.max(0, Math.min(n - 1, jump));
      cursor = what === "leave" ? null : data.step[to];
      redraw();
    });
  });
  const unlisten = listen(model, ["train", "bad", "validation", "measures", "points", "total_steps", "epochs", "metric"], redraw);
  const untheme = onTheme(redraw);
  const resize = new ResizeObserver(redraw);
  resize.observe(root);
  redraw();
  return () => { unlisten(); untheme(); resize.disconnect(); };
}
export default { render: dressed(render) };
