const LINE = 24; // height of a token in the lines picture
const NAMED = 48; // tokens up to which the matrix has names at its sides

function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const select = (trait, label) => make("select", { class: "wb-input", "aria-label": label,
    onchange: (event) => { model.set(trait, Number(event.target.value)); model.save_changes(); } });
  const layers = select("layer", say("layer_label")), heads = select("head", say("head_label"));
  const overview = make("canvas", { tabindex: "0", role: "img" });
  const facts = make("p", { class: "wb-note", role: "status", "aria-live": "polite" });
  const left = make("div", { class: "wb-heads" }, make("p", { class: "wb-h", text: say("overview") }),
    overview, make("div", { class: "wb-row" }, make("label", {}, say("layer") + " ", layers),
      make("label", {}, say("head") + " ", heads)), facts,
    make("p", { class: "wb-note", text: say("caution") }));
  const title = make("p", { class: "wb-h", role: "heading", "aria-level": "4" });
  const kinds = ["lines", "matrix"].map((name) => make("button", { class: "wb-link", type: "button",
    "data-picture": name, text: say(name), onclick: () => { model.set("picture", name); model.save_changes(); } }));
  const every = make("button", { class: "wb-link", type: "button", "data-act": "all", text: say("all"), onclick: () => choose(-1) });
  const hide = make("button", { class: "wb-link", type: "button", "aria-pressed": "false", text: say("hide"),
    onclick: () => { hidden = !hidden; hide.setAttribute("aria-pressed", String(hidden)); redraw(); } });
  const holder = make("div", { class: "wb-scroll" });
  const toggle = tableToggle(model, holder, buildTable);
  const queries = make("ol", { role: "listbox", tabindex: "0", "aria-label": say("queries") });
  const keys = make("ol", { "aria-label": say("keys") });
  const wires = make("canvas", { "aria-hidden": "true" });
  const lines = make("div", { class: "wb-lines" }, queries, make("div", { class: "wb-wires" }, wires), keys);
  const grid = make("canvas", { tabindex: "0", role: "img" });
  const side = make("div", { class: "wb-names" }), below = make("div", { class: "wb-names wb-below" });
  const matrix = make("div", { class: "wb-matrix" }, side, grid, make("span"), below);
  const read = make("p", { class: "wb-note", role: "status", "aria-live": "polite" });
  const right = make("div", { class: "wb-grow" }, title,
    make("div", { class: "wb-row" }, ...kinds, every, hide, toggle.button),
    make("div", { class: "wb-scroll", style: "margin-top:8px" }, lines, matrix), read, holder);
  const root = make("div", { class: "wb wb-attention" }, left, right);
  el.replaceChildren(root);
  let hidden = false, cell = [0, 0], shown = "";

  const get = (name) => model.get(name);
  const n = () => get("tokens").length;
  const added = () => numbers(get("special"), Uint8Array);

  let kept = [], keptWeights = null;
  /** Weights of the chosen head, or null until Python has sent them; made anew only when they change. */
  function weights() {
    const names = ["overview", "matrix", "matrix_of", "scale", "special", "layer", "head", "tokens"];
    const now = [...names.map(get), hidden];
    if (keptWeights && now.every((value, i) => value === kept[i])) return keptWeights;
    kept = now;
    return keptWeights = freshWeights();
  }

  function freshWeights() {
    const [l, h, size] = [get("layer"), get("head"), get("size")];
    const scale = numbers(get("scale"))[l * get("n_heads") + h] / 255;
    let codes;
    if (size === n()) {
      const all = numbers(get("overview"), Uint8Array), area = size * size;
      const at = (l * get("n_heads") + h) * area;
      codes = all.subarray(at, at + area);
    } else {
      const [ml, mh] = get("matrix_of");
      if (ml !== l || mh !== h) return null;
      codes = numbers(get("matrix"), Uint8Array);
    }
    if (codes.length !== n() * n()) return null;
    const out = Float32Array.from(codes, (c) => c * scale);
    if (hidden) {
      const mask = added(), size2 = n();
      for (let q = 0; q < size2; q++) for (let k = 0; k < size2; k++)
        if (mask[k] || mask[q]) out[q * size2 + k] = 0;
    }
    return out;
  }

  function choose(query) {
    model.set("query", query);
    model.save_changes();
  }

  function pick(layer, head) {
    model.set("layer", Math.max(0, Math.min(get("n_layers") - 1, layer)));
    model.set("head", Math.max(0, Math.min(get("n_heads") - 1, head)));
    model.save_changes();
  }

  const pitch = () => Math.max(10, Math.min(26, Math.floor(310 / get("n_heads"))));
  const GUTTER = 22;

  function paint(target, codes, size, colour) {
    const image = new ImageData(size, size);
    const [r, g, b] = faded(colour, 1).match(/\d+/g).map(Number);
    const pixels = image.data;
    for (let i = 0, at = 0; i < size * size; i++) {
      pixels[at++] = r; pixels[at++] = g; pixels[at++] = b; pixels[at++] = codes[i];
    }
    target.width = target.height = size;
    target.getContext("2d").putImageData(image, 0, 0);
    return target;
  }

  let painted = []; // what the overview shows: a hover changes nothing of it
  function drawOverview(c) {
    const now = [get("overview"), get("layer"), get("head"), c.accent, c.ink, c.fill, window.devicePixelRatio];
    if (now.every((value, i) => value === painted[i])) return;
    painted = now;
    const [L, H, size, step] = [get("n_layers"), get("n_heads"), get("size"), pitch()];
    const all = numbers(get("overview"), Uint8Array), area = size * size, stamp = document.createElement("canvas");
    const g = fit(overview, GUTTER + H * step, 16 + L * step);
    g.imageSmoothingEnabled = size > step;
    g.font = "10px " + c.font;
    g.fillStyle = c.soft;
    g.textBaseline = "middle";
    const every = Math.ceil(14 / step); // numbers that would touch are left out
    for (let h = 0; h < H; h++) if (h % every === 0) { g.textAlign = "center"; g.fillText(h + 1, GUTTER + (h + 0.5) * step, 7); }
    for (let l = 0; l < L; l++) {
      g.textAlign = "right";
      g.fillStyle = c.soft;
      if (l % every === 0) g.fillText(l + 1, GUTTER - 6, 16 + (l + 0.5) * step);
      for (let h = 0; h < H; h++) {
        const x = GUTTER + h * step + 1, y = 16 + l * step + 1, side = step - 3, at = (l * H + h) * area;
        g.fillStyle = c.fill;
        g.fillRect(x, y, side, side);
        g.drawImage(paint(stamp, all.subarray(at, at + area), size, c.accent), x, y, side, side);
        g.strokeStyle = c.line;
        g.lineWidth = 1;
        g.strokeRect(x - 0.5, y - 0.5, side + 1, side + 1);
      }
    }
    g.strokeStyle = c.ink;
    g.lineWidth = 2;
    g.strokeRect(GUTTER + get("head") * step, 16 + get("layer") * step, step - 1, step - 1);
    overview.setAttribute("aria-label", say("overview_label", { layers: L, heads: H, layer: get("layer") + 1, head: get("head") + 1 }));
  }

  function tokenItem(token, i, list) {
    const item = make("li", { dir: "auto", title: token.slice(0, 300), text: token.slice(0, 60),
      class: added()[i] ? "wb-added" : "" });
    if (list === queries) {
      item.id = "wb-q" + i + "-" + identity;
      item.setAttribute("role", "option");
      item.addEventListener("click", () => choose(i));
      item.addEventListener("pointerenter", () => { over = i; redraw(); });
      item.addEventListener("pointerleave", () => { over = -1; redraw(); });
    }
    return item;
  }
  const identity = Math.random().toString(36).slice(2, 8);
  let over = -1;

  function drawLines(c, w) {
    const size = n(), width = Math.max(90, wires.parentElement.clientWidth || 160);
    const g = fit(wires, width, size * LINE), focus = over >= 0 ? over : get("query");
    const pairs = [];
    for (let q = 0; q < size; q++) for (let k = 0; k < size; k++) {
      const value = w[q * size + k];
      if (value >= 0.02) pairs.push([value, q, k]);
    }
    pairs.sort((a, b) => a[0] - b[0]);
    for (const strong of [false, true]) for (const [value, q, k] of pairs.slice(-3000)) {
      const mine = focus < 0 || q === focus;
      if (mine !== strong) continue;
      g.strokeStyle = mine ? faded(c.accent, 0.12 + 0.88 * value) : faded(c.soft, 0.04 + 0.22 * value);
      g.lineWidth = mine ? 1 + 3 * value : 1;
      g.beginPath(); g.moveTo(2, (q + 0.5) * LINE); g.lineTo(width - 2, (k + 0.5) * LINE); g.stroke();
    }
    [...queries.children].forEach((item, i) => {
      item.setAttribute("aria-selected", String(i === get("query")));
      item.classList.toggle("wb-chosen", i === focus);
    });
    [...keys.children].forEach((item, k) => {
      const value = focus < 0 ? 0 : w[focus * size + k];
      item.style.background = value >= 0.02 ? faded(c.accent, Math.min(0.75, value)) : "";
      item.style.color = value >= 0.25 ? c.ink : "";
      item.title = focus < 0 ? get("tokens")[k].slice(0, 300) : say("pair", pairWords(focus, k, w));
    });
    if (get("query") >= 0) queries.setAttribute("aria-activedescendant", "wb-q" + get("query") + "-" + identity);
  }

  function drawMatrix(c, w) {
    const size = n(), step = Math.max(3, Math.min(22, Math.floor(440 / size)));
    let top = 1e-9;
    for (const value of w) if (value > top) top = value;
    const g = fit(grid, size * step, size * step), stamp = document.createElement("canvas");
    g.imageSmoothingEnabled = false;
    g.fillStyle = c.fill;
    g.fillRect(0, 0, size * step, size * step);
    g.drawImage(paint(stamp, Uint8Array.from(w, (v) => (v / top) * 255), size, c.accent), 0, 0, size * step, size * step);
    g.strokeStyle = c.ink;
    g.lineWidth = 1.5;
    const [q, k] = cell.map((v) => Math.min(v, size - 1));
    g.strokeRect(k * step + 0.5, q * step + 0.5, step - 1, step - 1);
    const named = size <= NAMED;
    side.hidden = below.hidden = !named;
    if (named) {
      const name = (t) => make("span", { text: t.slice(0, 30), dir: "auto", title: t.slice(0, 300) });
      side.style.gridAutoRows = below.style.gridAutoColumns = step + "px";
      side.style.lineHeight = below.style.lineHeight = step + "px";
      side.style.fontSize = below.style.fontSize = Math.min(11, step) + "px";
      below.style.gridAutoFlow = "column";
      side.replaceChildren(...get("tokens").map(name));
      below.replaceChildren(...get("tokens").map(name));
    }
    grid.setAttribute("aria-label", say("pair", pairWords(q, k, w)));
    read.textContent = say("pair", pairWords(q, k, w));
  }

  function pairWords(q, k, w) {
    const t = get("tokens");
    return { query: t[q].slice(0, 40), key: t[k].slice(0, 40), weight: w[q * n() + k].toFixed(3) };
  }

  function describe(w) {
    const size = n(), mask = added();
    let bits = 0, special = 0, self = 0, before = 0;
    for (let q = 0; q < size; q++) for (let k = 0; k < size; k++) {
      const v = w[q * size + k];
      if (v > 0) bits -= (v * Math.log2(v)) / size;
      if (mask[k]) special += v / size;
      if (k === q) self += v / size;
      if (k === q - 1) before += v / size;
    }
    const percent = (v) => Math.round(v * 100);
    return say("facts", { bits: bits.toFixed(1), special: percent(special), self: percent(self), before: percent(before) });
  }

  function buildTable() {
    const w = weights(), size = n(), q = get("query"), found = [];
    if (!w) return make("span");
    for (let i = 0; i < w.length; i++) if (q < 0 || Math.floor(i / size) === q) found.push([w[i], i]);
    found.sort((a, b) => b[0] - a[0]);
    return table(say("table_caption"), [say("from"), say("to"), say("weight")], found.slice(0, 40).map(([v, i]) =>
      [get("tokens")[Math.floor(i / size)].slice(0, 60), get("tokens")[i % size].slice(0, 60), v]));
  }

  function draw() {
    if (!root.isConnected) return;
    root.hidden = !n();
    if (!n()) return;
    const c = colours(root), stamp = get("tokens").join("\u0000");
    if (stamp !== shown) {
      shown = stamp;
      over = -1;
      queries.replaceChildren(...get("tokens").map((t, i) => tokenItem(t, i, queries)));
      keys.replaceChildren(...get("tokens").map((t, i) => tokenItem(t, i, keys)));
    }
    for (const [box, count, at] of [[layers, get("n_layers"), get("layer")], [heads, get("n_heads"), get("head")]]) {
      if (box.children.length !== count)
        box.replaceChildren(...Array.from({ length: count }, (_, i) => make("option", { value: i, text: i + 1 })));
      box.value = at;
    }
    drawOverview(c);
    const w = weights(), q = get("query");
    title.textContent = say(q < 0 ? "title" : "title_from", { layer: get("layer") + 1, head: get("head") + 1, token: (get("tokens")[q] || "").slice(0, 40) });
    kinds.forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.picture === get("picture"))));
    every.setAttribute("aria-pressed", String(q < 0));
    lines.hidden = get("picture") !== "lines";
    matrix.hidden = !lines.hidden;
    read.textContent = w ? "" : say("waiting");
    root.dataset.head = get("layer") + "." + get("head");
    root.dataset.ready = String(Boolean(w));
    if (!w) return;
    facts.textContent = hidden ? "" : describe(w);
    if (lines.hidden) drawMatrix(c, w);
    else drawLines(c, w);
    toggle.refresh();
  }

  overview.addEventListener("click", (event) => {
    const box = overview.getBoundingClientRect(), step = pitch();
    const h = Math.floor((event.clientX - box.left - GUTTER) / step), l = Math.floor((event.clientY - box.top - 16) / step);
    if (h >= 0 && l >= 0) pick(l, h);
  });
  const arrows = (element, act) => element.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!move && !["Home", "End", "Escape"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    act(move, event.key);
  });
  arrows(overview, (move) => { if (move) pick(get("layer") + move[0], get("head") + move[1]); });
  arrows(queries, (move, key) => {
    const to = key === "Home" ? 0 : key === "End" ? n() - 1 : key === "Escape" ? -1 : get("query") + (move[0] || move[1]);
    choose(Math.max(-1, Math.min(n() - 1, to)));
    queries.children[Math.max(0, get("query"))]?.scrollIntoView({ block: "nearest" });
  });
  arrows(grid, (move) => { if (move) { cell = cell.map((v, i) => Math.max(0, Math.min(n() - 1, v + move[i]))); redraw(); } });
  grid.addEventListener("pointermove", (event) => {
    const box = grid.getBoundingClientRect();
    cell = [event.clientY - box.top, event.clientX - box.left].map((v) => Math.max(0, Math.min(n() - 1, Math.floor((v / box.width) * n()))));
    redraw();
  });
  const redraw = batched(draw);
  const names = ["tokens", "overview", "matrix", "layer", "head", "query", "picture", "special"];
  const unlisten = listen(model, names, redraw);
  const untheme = onTheme(redraw);
  const resize = new ResizeObserver(redraw);
  resize.observe(right);
  redraw();
  return () => { unlisten(); untheme(); resize.disconnect(); };
}
export default { render: dressed(render) };
