const LINE = 24; // height of a token in the lines picture
const NAMED = 48; // tokens up to which the matrix has names at its sides
const MOST_LINES = 3000;
const GUTTER = 22; // room of the overview's numbers

/** The first characters of a token, never half of a glyph. */
function clip(text, most) {
  if (text.length <= most) return text;
  let out = "";
  for (const { segment } of new Intl.Segmenter().segment(text.slice(0, 4 * most))) {
    if (out.length + segment.length > most) break;
    out += segment;
  }
  return out || text.slice(0, most);
}

/** Bytes as opacity of one colour, a pixel each. */
function paint(target, codes, width, height, colour) {
  const image = new ImageData(width, height), pixels = image.data;
  const [r, g, b] = faded(colour, 1).match(/\d+/g).map(Number);
  for (let i = 0, at = 0; i < width * height; i++) {
    pixels[at++] = r; pixels[at++] = g; pixels[at++] = b; pixels[at++] = codes[i];
  }
  target.width = width;
  target.height = height;
  target.getContext("2d").putImageData(image, 0, 0);
  return target;
}

/** Every head as a small square, layers downwards. */
function overviewPicture(onPick) {
  const canvas = make("canvas", { tabindex: "0", role: "img" });
  let step = 26, painted = [], shape = [0, 0];

  function draw(s, c) {
    const now = [s.overview, s.layer, s.head, s.names.join(), c.accent, c.ink, c.fill, window.devicePixelRatio];
    if (now.every((value, i) => value === painted[i])) return; // a hover changes nothing of it
    painted = now;
    const [L, H] = shape = [s.names.length, s.heads], [height, width] = s.tile, area = height * width;
    step = Math.max(10, Math.min(26, Math.floor(310 / H)));
    const all = numbers(s.overview, Uint8Array), stamp = document.createElement("canvas");
    const g = fit(canvas, GUTTER + H * step, 16 + L * step);
    g.imageSmoothingEnabled = width > step;
    g.font = "10px " + c.font;
    g.textBaseline = "middle";
    g.fillStyle = c.soft;
    const every = Math.ceil(14 / step); // numbers that would touch are left out
    g.textAlign = "center";
    for (let h = 0; h < H; h += every) g.fillText(h, GUTTER + (h + 0.5) * step, 7);
    for (let l = 0; l < L; l++) {
      g.textAlign = "right";
      g.fillStyle = c.soft;
      if (l % every === 0) g.fillText(s.names[l], GUTTER - 6, 16 + (l + 0.5) * step);
      for (let h = 0; h < H; h++) {
        const x = GUTTER + h * step + 1, y = 16 + l * step + 1, side = step - 3, at = (l * H + h) * area;
        g.fillStyle = c.fill;
        g.fillRect(x, y, side, side);
        g.drawImage(paint(stamp, all.subarray(at, at + area), width, height, c.accent), x, y, side, side);
        g.strokeStyle = c.line;
        g.lineWidth = 1;
        g.strokeRect(x - 0.5, y - 0.5, side + 1, side + 1);
      }
    }
    g.strokeStyle = c.ink;
    g.lineWidth = 2;
    g.strokeRect(GUTTER + s.head * step, 16 + s.layer * step, step - 1, step - 1);
  }

  canvas.addEventListener("click", (event) => {
    const box = canvas.getBoundingClientRect();
    const h = Math.floor((event.clientX - box.left - GUTTER) / step), l = Math.floor((event.clientY - box.top - 16) / step);
    if (h >= 0 && l >= 0 && h < shape[1] && l < shape[0]) onPick(l, h);
  });
  return { canvas, draw };
}

/** The strongest pairs of shown tokens from a weight on, weakest first: [row, column, weight] each. */
function strongest(s) {
  const { w, width, rows, cols, least } = s, counts = new Uint32Array(256);
  let top = 1e-9;
  for (const q of rows) for (const k of cols) top = Math.max(top, w[q * width + k]);
  const bucket = (value) => Math.min(255, Math.floor((value / top) * 255));
  for (const q of rows) for (const k of cols) counts[bucket(w[q * width + k])]++;
  let from = 255, sum = counts[255];
  while (from > 0 && sum + counts[from - 1] <= MOST_LINES) sum += counts[--from];
  const pairs = [], floor = Math.max(least, 1e-6);
  rows.forEach((q, i) => cols.forEach((k, j) => {
    const value = w[q * width + k];
    if (value >= floor && bucket(value) >= from) pairs.push([i, j, value]);
  }));
  return pairs.sort((a, b) => a[2] - b[2]);
}

/** Reading tokens at the left, read tokens at the right, a line for each weight between. */
function linesPicture(say, events) {
  const queries = make("ol", { role: "listbox", tabindex: "0", "aria-label": say("queries", { keys: keySigns("cells", "up", "down") }) });
  const keys = make("ol", { "aria-label": say("keys") });
  const bars = make("ol", { class: "wb-bars" });
  const wires = make("canvas", { "aria-hidden": "true" }), back = document.createElement("canvas");
  const between = make("div", { class: "wb-wires" }, wires);
  const lines = make("div", { class: "wb-lines" }, queries, between, keys, bars);
  const axis = make("div", { class: "wb-lines wb-axes", "aria-hidden": "true" }, make("span", { text: say("axis_query") }), make("span", { text: "→" }), make("span", { text: say("axis_key") }));
  const root = make("div", { class: "wb-scroll", style: "margin-top:8px" }, axis, lines);
  const identity = Math.random().toString(36).slice(2, 8);
  let s = null, c = null, built = [], backOf = [], lit = new Set(), over = null, bold = -1;

  const item = (text, special) => make("li", { dir: "auto", title: text.slice(0, 300), text: clip(text, 60), class: special ? "wb-added" : "" });

  function build() {
    const now = [s.rows, s.cols, s.queryNames, s.keyNames];
    if (now.every((value, i) => value === built[i])) return;
    built = now;
    over = null;
    lit.clear();
    bold = -1;
    queries.replaceChildren(...s.rows.map((q, i) => {
      const one = item(s.queryNames[q], s.querySpecial[q]);
      one.id = "wb-q" + i + "-" + identity;
      one.setAttribute("role", "option");
      one.setAttribute("aria-selected", "false");
      return one;
    }));
    keys.replaceChildren(...s.cols.map((k) => item(s.keyNames[k], s.keySpecial[k])));
  }

  /** Scores of the read tokens as bars from a middle line, the number beside each. */
  function drawBars() {
    bars.hidden = !s.scores;
    lines.classList.toggle("wb-with-bars", Boolean(s.scores));
    if (!s.scores) return bars.replaceChildren();
    const top = Math.max(1e-9, ...s.cols.map((k) => Math.abs(s.scores[k])));
    bars.replaceChildren(...s.cols.map((k) => {
      const value = s.scores[k], share = (Math.abs(value) / top) * 50;
      const bar = make("i", { class: value < 0 ? "wb-against" : "",
        style: `width:${share}%;${value < 0 ? "right" : "left"}:50%` });
      return make("li", {}, make("span", { class: "wb-score" }, bar),
        make("span", { class: "wb-n", text: value.toFixed(2).replace("-", "−") }));
    }));
  }

  const place = () => ({ top: root.scrollTop, width: Math.max(90, between.clientWidth || 160),
    height: Math.max(LINE, Math.min(root.clientHeight || 440, Math.max(s.rows.length, s.cols.length) * LINE)) });

  function sized(canvas, at) {
    const ratio = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(at.width * ratio) || canvas.height !== Math.round(at.height * ratio))
      return fit(canvas, at.width, at.height);
    const g = canvas.getContext("2d");
    g.clearRect(0, 0, at.width, at.height);
    return g;
  }

  function stroke(g, at, pairs, style) {
    for (const [i, j, value] of pairs) {
      const from = (i + 0.5) * LINE - at.top, to = (j + 0.5) * LINE - at.top;
      if (Math.max(from, to) < 0 || Math.min(from, to) > at.height) continue;
      style(g, value);
      g.beginPath(); g.moveTo(2, from); g.lineTo(at.width - 2, to); g.stroke();
    }
  }
  const strong = (g, value) => { g.strokeStyle = faded(c.accent, 0.12 + 0.88 * value); g.lineWidth = 1 + 3 * value; };
  const faint = (g, value) => { g.strokeStyle = faded(c.soft, 0.04 + 0.22 * value); g.lineWidth = 1; };

  function focus() {
    if (over) return over;
    const at = s.rows.indexOf(s.query);
    return at >= 0 ? { side: "q", at } : null;
  }

  /** Pairs of the focus, from the least weight on. */
  function mine(f) {
    const value = (i, j) => s.w[s.rows[i] * s.width + s.cols[j]];
    const all = f.side === "q" ? s.cols.map((_, j) => [f.at, j, value(f.at, j)]) : s.rows.map((_, i) => [i, f.at, value(i, f.at)]);
    return all.filter((pair) => pair[2] >= Math.max(s.least, 1e-6));
  }

  /** What a hover changes: the focus's own lines and the tokens in sight. */
  function touch() {
    if (!s || !s.w) return;
    const f = focus(), at = place();
    const now = [s.pairs, at.top, at.width, at.height, c.accent, c.soft, Boolean(f)];
    if (!now.every((value, i) => value === backOf[i])) {
      backOf = now;
      stroke(sized(back, at), at, s.pairs, f ? faint : strong);
    }
    const g = sized(wires, at);
    g.drawImage(back, 0, 0, at.width, at.height);
    const own = f ? mine(f) : [];
    stroke(g, at, own, strong);
    const other = f && f.side === "k" ? queries : keys, first = Math.floor(at.top / LINE), last = first + Math.ceil(at.height / LINE);
    for (const one of lit) { one.style.background = one.style.color = ""; }
    lit.clear();
    for (const [i, j, value] of own) {
      const where = f.side === "q" ? j : i;
      if (where < first || where > last) continue;
      const one = other.children[where];
      one.style.background = faded(c.accent, Math.min(0.7 * c.depth, value)); // its text stays legible
      if (value >= 0.25) one.style.color = c.ink;
      lit.add(one);
    }
    const chosen = f && f.side === "q" ? f.at : -1;
    if (chosen !== bold) {
      queries.children[bold]?.classList.remove("wb-chosen");
      queries.children[chosen]?.classList.add("wb-chosen");
      bold = chosen;
    }
    if (f && over) events.read(own);
  }

  function draw(state, palette) {
    s = state;
    c = palette;
    build();
    drawBars();
    const chosen = s.rows.indexOf(s.query);
    queries.querySelector('[aria-selected="true"]')?.setAttribute("aria-selected", "false");
    queries.children[chosen]?.setAttribute("aria-selected", "true");
    if (chosen >= 0) queries.setAttribute("aria-activedescendant", "wb-q" + chosen + "-" + identity);
    else queries.removeAttribute("aria-activedescendant");
    touch();
  }

  const soon = batched(touch);
  root.addEventListener("scroll", soon, { passive: true });
  for (const [list, side] of [[queries, "q"], [keys, "k"]]) {
    list.addEventListener("pointermove", (event) => {
      const at = Math.floor((event.clientY - list.getBoundingClientRect().top) / LINE);
      if (at < 0 || at >= list.children.length || (over && over.side === side && over.at === at)) return;
      over = { side, at };
      soon();
    });
    list.addEventListener("pointerleave", () => { over = null; events.read(null); soon(); });
  }
  queries.addEventListener("click", (event) => {
    const at = [...queries.children].indexOf(event.target.closest("li"));
    if (at >= 0) events.choose(s.rows[at] === s.query ? -1 : s.rows[at]);
  });
  return { root, queries, draw };
}

/** Query by key, one square a weight; what a hover changes lies on a canvas of its own. */
function matrixPicture(events) {
  const base = make("canvas", { "aria-hidden": "true" }), grid = make("canvas", { tabindex: "0", role: "img" });
  const stack = make("div", { class: "wb-stacked" }, base, grid);
  const side = make("div", { class: "wb-names" }), below = make("div", { class: "wb-names wb-below" });
  const root = make("div", { class: "wb-scroll", style: "margin-top:8px" },
    make("div", { class: "wb-matrix" }, side, stack, make("span"), below));
  let s = null, c = null, step = 3, cell = [0, 0], painted = [];
  const stamp = document.createElement("canvas");

  function touch() {
    if (!s || !s.w || !s.rows.length || !s.cols.length) return;
    cell = [Math.min(cell[0], s.rows.length - 1), Math.min(cell[1], s.cols.length - 1)];
    const [wide, high] = [s.cols.length * step, s.rows.length * step];
    const g = grid.style.width === wide + "px" && grid.style.height === high + "px" ? grid.getContext("2d") : fit(grid, wide, high);
    g.clearRect(0, 0, wide, high);
    if (step < 6) { // a cell of few pixels is found by its row and column
      g.fillStyle = faded(c.ink, 0.12);
      g.fillRect(0, cell[0] * step, wide, step);
      g.fillRect(cell[1] * step, 0, step, high);
    }
    g.strokeStyle = c.ink;
    g.lineWidth = 1.5;
    g.strokeRect(cell[1] * step + 0.5, cell[0] * step + 0.5, Math.max(2, step - 1), Math.max(2, step - 1));
    events.cell(s.rows[cell[0]], s.cols[cell[1]], grid);
  }

  function draw(state, palette) {
    s = state;
    c = palette;
    const [high, wide] = [s.rows.length, s.cols.length];
    step = Math.max(1, Math.min(22, Math.floor(520 / Math.max(high, wide, 1))));
    const now = [s.w, s.rows, s.cols, s.least, s.query, c.accent, c.fill];
    if (high && wide && !now.every((value, i) => value === painted[i])) {
      painted = now;
      let top = 1e-9;
      for (const q of s.rows) for (const k of s.cols) top = Math.max(top, s.w[q * s.width + k]);
      const codes = new Uint8Array(high * wide);
      s.rows.forEach((q, i) => s.cols.forEach((k, j) => {
        const value = s.w[q * s.width + k];
        codes[i * wide + j] = value < s.least ? 0 : (value / top) * 255;
      }));
      const g = fit(base, wide * step, high * step);
      g.imageSmoothingEnabled = false;
      g.fillStyle = c.fill;
      g.fillRect(0, 0, wide * step, high * step);
      g.drawImage(paint(stamp, codes, wide, high, c.accent), 0, 0, wide * step, high * step);
      const chosen = s.rows.indexOf(s.query);
      if (chosen >= 0) {
        g.strokeStyle = faded(c.ink, 0.55);
        g.strokeRect(0.5, chosen * step - 0.5, wide * step - 1, step + 1);
      }
      const named = high <= NAMED && wide <= NAMED;
      side.hidden = below.hidden = !named;
      const name = (text) => make("span", { text: clip(text, 30), dir: "auto", title: text.slice(0, 300),
        class: text.includes("\u200d") ? "wb-joined" : "" });
      side.replaceChildren(...(named ? s.rows.map((q) => name(s.queryNames[q])) : []));
      below.replaceChildren(...(named ? s.cols.map((k) => name(s.keyNames[k])) : []));
      side.style.gridAutoRows = below.style.gridAutoColumns = step + "px";
      below.style.gridAutoFlow = "column";
      side.style.lineHeight = below.style.lineHeight = step + "px";
      side.style.fontSize = below.style.fontSize = Math.min(11, step) + "px";
    }
    touch();
  }

  const soon = batched(touch);
  grid.addEventListener("pointermove", (event) => {
    const now = [Math.floor(event.offsetY / step), Math.floor(event.offsetX / step)];
    if (now[0] < 0 || now[1] < 0 || (now[0] === cell[0] && now[1] === cell[1])) return;
    cell = now;
    soon();
  });
  grid.addEventListener("click", () => { if (s) events.choose(s.rows[cell[0]] === s.query ? -1 : s.rows[cell[0]]); });
  const move = (by) => {
    cell = [Math.max(0, Math.min(s.rows.length - 1, cell[0] + by[0])), Math.max(0, Math.min(s.cols.length - 1, cell[1] + by[1]))];
    soon();
  };
  return { root, grid, draw, move, row: () => s.rows[cell[0]] };
}
