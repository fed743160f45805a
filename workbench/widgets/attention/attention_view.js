const LEAST = [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5]; // what the slider offers

function render({ model, el }) {
  const say = (key, values) => speak(model, key, values), get = (name) => model.get(name);
  const set = (values) => { for (const [name, value] of Object.entries(values)) model.set(name, value); model.save_changes(); };
  const option = (group, name) => say(`${group}_${name}`);
  const link = (act, text, onclick) => make("button", { class: "wb-link", type: "button", "data-act": act, text, onclick });
  const select = (trait, number = true) => make("select", { class: "wb-input", "aria-label": say(trait + "_label"), "data-trait": trait,
    onchange: (event) => set({ [trait]: number ? Number(event.target.value) : event.target.value }) });
  const labelled = (trait, control) => make("label", {}, say(trait) + " ", control);

  const heads = overviewPicture((l, h) => pick(l, h));
  const choosers = { kind: select("kind"), summary: select("summary", false), asked_layer: select("asked_layer"),
    layer: select("layer"), head: select("head"), part: select("part"), key_part: select("key_part") };
  const boxes = Object.fromEntries(Object.entries(choosers).map(([trait, box]) => [trait, labelled(trait, box)]));
  const facts = make("p", { class: "wb-note", role: "status", "aria-live": "polite" });
  const note = make("p", { class: "wb-note" }), busy = make("p", { class: "wb-note", role: "status", "aria-live": "polite" });
  const caption = make("p", { class: "wb-h" });
  const left = make("div", { class: "wb-heads" }, make("div", { class: "wb-row" }, boxes.kind, boxes.summary),
    caption, heads.canvas, make("div", { class: "wb-row" }, boxes.asked_layer, boxes.layer, boxes.head, boxes.part, boxes.key_part),
    facts, note, busy, make("p", { class: "wb-note", text: say("caution") }));

  const title = make("p", { class: "wb-h", role: "heading", "aria-level": "4" });
  const kinds = ["lines", "matrix"].map((name) => make("button", { class: "wb-link", type: "button", "data-picture": name,
    text: say(name), onclick: () => set({ picture: name }) }));
  const every = link("all", say("all"), () => set({ query: -1 }));
  const hide = link("hide", say("hide"), () => set({ hide_special: !get("hide_special") }));
  const words = link("words", say("words"), () => set({ words: !get("words") }));
  const slider = make("input", { type: "range", min: "0", max: String(LEAST.length - 1), step: "1", "data-trait": "least",
    oninput: (event) => set({ least: LEAST[Number(event.target.value)] }) });
  const from = make("span", { class: "wb-n" }), least = make("label", { class: "wb-least" }, from, slider);
  const beside = select("beside", false), besideBox = labelled("beside", beside);
  const besideNote = make("p", { class: "wb-note", role: "status", "aria-live": "polite" });
  const holder = make("div", { class: "wb-scroll" });
  const toggle = tableToggle(model, holder, buildTable);
  const read = make("p", { class: "wb-note wb-read", role: "status", "aria-live": "polite" });
  const choose = (query) => set({ query });
  const lines = linesPicture(say, { choose, read: (own) => { read.textContent = own ? best(own) : ""; } });
  const matrix = matrixPicture({ choose, cell: (q, k, grid) => {
    const text = say("pair", pairWords(q, k));
    grid.setAttribute("aria-label", text);
    if (!matrix.root.hidden) read.textContent = text;
  } });
  const right = make("div", { class: "wb-grow" }, title, make("div", { class: "wb-row" }, ...kinds, every, hide, words, toggle.button),
    make("div", { class: "wb-row", style: "margin-top:6px" }, least, besideBox), lines.root, matrix.root, read, besideNote, holder);
  // where the view lives, the picture that stands in for it need not be seen
  const cover = make("style", { text: `[data-workbench-static="${get("identity")}"] { display: none; }` });
  const root = make("div", { class: "wb wb-attention" }, left, right);
  el.replaceChildren(cover, root);

  const names = (side) => side === "q" ? get("tokens") : get("key_tokens").length ? get("key_tokens") : get("tokens");
  const added = (side) => numbers(get(side === "q" || !get("key_tokens").length ? "special" : "key_special"), Uint8Array);
  const square = () => !get("key_tokens").length;

  /** A function of traits, worked out again only when one of them is another. */
  function kept(traits, make) {
    let before = null, value;
    return () => {
      const now = traits.map(get);
      if (!before || !now.every((v, i) => v === before[i])) { before = now; value = make(); }
      return value;
    };
  }
  const SHAPE = ["tokens", "key_tokens", "special", "key_special"];
  /** Weights of the chosen head, or null until Python has sent them. */
  const weights = kept([...SHAPE, "overview", "matrix", "matrix_of", "scale", "layer", "head", "tile"], () => {
    const [l, h] = [get("layer"), get("head")], high = names("q").length, wide = names("k").length;
    const scale = numbers(get("scale"))[l * get("n_heads") + h] / 255, [th, tw] = get("tile");
    let codes;
    if (th === high && tw === wide) {
      const at = (l * get("n_heads") + h) * high * wide;
      codes = numbers(get("overview"), Uint8Array).subarray(at, at + high * wide);
    } else {
      const [ml, mh] = get("matrix_of");
      if (ml !== l || mh !== h) return null;
      codes = numbers(get("matrix"), Uint8Array);
    }
    return codes.length === high * wide ? Float32Array.from(codes, (code) => code * scale) : null;
  });
  const shown = (side) => kept([...SHAPE, "hide_special"], () => {
    const mask = added(side), all = names(side).map((_, i) => i);
    const some = get("hide_special") ? all.filter((i) => !mask[i]) : all;
    return some.length ? some : all; // special tokens alone: they are shown
  });
  const rows = shown("q"), cols = shown("k");
  const masks = kept(SHAPE, () => [added("q"), added("k")]);
  const scores = kept(["scores"], () => { const s = numbers(get("scores")); return s.length ? s : null; });
  let pairsOf = [], pairs = [];

  function state() {
    const w = weights(), s = { overview: get("overview"), layer: get("layer"), head: get("head"), names: get("layer_names"),
      heads: get("n_heads"), tile: get("tile"), w, rows: rows(), cols: cols(), width: names("k").length, query: get("query"),
      least: get("least"), queryNames: names("q"), keyNames: names("k"), querySpecial: masks()[0], keySpecial: masks()[1],
      scores: scores() && scores().length === names("k").length ? scores() : null };
    const now = [w, s.rows, s.cols, s.least];
    if (w && !now.every((value, i) => value === pairsOf[i])) { pairsOf = now; pairs = strongest(s); }
    return { ...s, pairs };
  }

  function pick(layer, head) {
    set({ layer: Math.max(0, Math.min(get("n_layers") - 1, layer)), head: Math.max(0, Math.min(get("n_heads") - 1, head)) });
  }

  function pairWords(q, k) {
    const w = weights();
    return { query: clip(names("q")[q] || "", 40), key: clip(names("k")[k] || "", 40), weight: w ? w[q * names("k").length + k].toFixed(3) : "" };
  }

  /** The three strongest of a token's pairs in words. */
  function best(own) {
    const top = [...own].sort((a, b) => b[2] - a[2]).slice(0, 3);
    return top.map(([i, j]) => say("pair", pairWords(rows()[i], cols()[j]))).join(" · ");
  }

  const describe = kept([...SHAPE, "overview", "matrix", "matrix_of", "scale", "layer", "head"], () => {
    const w = weights(), high = names("q").length, wide = names("k").length, mask = masks()[1];
    let bits = 0, special = 0, self = 0, before = 0;
    for (let q = 0; q < high; q++) for (let k = 0; k < wide; k++) {
      const v = w[q * wide + k] / high;
      if (v > 0) bits -= v * Math.log2(v * high);
      if (mask[k]) special += v;
      if (k === q) self += v;
      if (k === q - 1) before += v;
    }
    const percent = (v) => Math.round(v * 100);
    return say(square() ? "facts" : "facts_cross", { bits: bits.toFixed(1), special: percent(special), self: percent(self), before: percent(before) });
  });

  function buildTable() {
    if (!weights()) return make("span");
    const q = get("query"), wide = names("k").length, all = state();
    const found = q < 0 ? [...pairs].reverse().map(([i, j, v]) => [all.rows[i], all.cols[j], v])
      : all.cols.map((k) => [q, k, weights()[q * wide + k]]).sort((a, b) => b[2] - a[2]);
    return table(say("table_caption"), [say("from"), say("to"), say("weight")],
      found.slice(0, 40).map(([i, j, v]) => [clip(names("q")[i], 60), clip(names("k")[j], 60), v]));
  }

  function fill(trait, options, value) {
    const box = choosers[trait] || beside, same = box.children.length === options.length && [...box.children].every((o, i) => o.textContent === String(options[i][1]));
    if (!same) box.replaceChildren(...options.map(([v, text]) => make("option", { value: v, text })));
    box.value = value;
    (boxes[trait] || besideBox).hidden = options.length < 2;
  }

  function fillAll() {
    const each = (list, text) => list.map((value, i) => [i, text(value, i)]);
    fill("kind", each(get("kinds"), (name) => option("kind", name)), get("kind"));
    fill("summary", get("summaries").map((name) => [name, option("summary", name)]), get("summary"));
    fill("asked_layer", get("layers_offered").map((l) => [l, l]), get("asked_layer"));
    fill("layer", get("layers_offered").length ? [] : each(get("layer_names"), (l) => l), get("layer"));
    fill("head", each(Array.from({ length: get("n_heads") }), (_, i) => i), get("head"));
    fill("part", each(get("parts"), (name) => name), get("part"));
    fill("key_part", get("layers_offered").length ? each(get("parts"), (name) => name) : [], get("key_part"));
    fill("beside", ["", ...get("besides")].map((name) => [name, option("beside", name || "none")]), get("beside"));
  }

  function draw() {
    if (!root.isConnected) return;
    const n = names("q").length;
    root.hidden = !n && !get("busy");
    if (root.hidden) return;
    busy.textContent = get("busy") ? say("busy") : "";
    left.hidden = right.hidden = !n;
    if (!n) return;
    const c = colours(root), s = state(), q = get("query");
    fillAll();
    heads.draw(s, c);
    heads.canvas.setAttribute("aria-label", say("overview_label", { layers: s.names.length, heads: s.heads, layer: s.names[s.layer], head: s.head, keys: keySigns("cells", "left", "right", "up", "down") }));
    const rolled = get("summary") === "rollout", title_key = rolled ? "rollout" : "title";
    caption.textContent = say(rolled ? "overview_rollout" : "overview");
    title.textContent = say(q < 0 ? title_key : title_key + "_from", { layer: s.names[s.layer], head: s.head, token: clip(s.queryNames[q] || "", 40) });
    const press = (button, on) => button.setAttribute("aria-pressed", String(on));
    kinds.forEach((button) => press(button, button.dataset.picture === get("picture")));
    press(every, q < 0);
    press(hide, get("hide_special"));
    press(words, get("words"));
    words.hidden = !get("words_offered");
    slider.value = String(LEAST.reduce((near, value, i) => Math.abs(value - s.least) < Math.abs(LEAST[near] - s.least) ? i : near, 0));
    from.textContent = say("least", { least: s.least });
    slider.setAttribute("aria-valuetext", String(s.least));
    note.textContent = get("note");
    note.hidden = !get("note");
    besideNote.textContent = get("beside_note");
    besideNote.hidden = !get("beside_note");
    lines.root.hidden = get("picture") !== "lines";
    matrix.root.hidden = !lines.root.hidden;
    if (lines.root.hidden) besideBox.hidden = besideNote.hidden = true;
    root.dataset.head = get("layer") + "." + get("head");
    root.dataset.ready = String(Boolean(s.w));
    facts.textContent = s.w ? describe() : "";
    read.textContent = s.w ? "" : say("waiting");
    if (!s.w) return;
    if (lines.root.hidden) matrix.draw(s, c);
    else lines.draw(s, c);
    toggle.refresh();
    root.dataset.painted = String(performance.timeOrigin + performance.now());
  }

  const moves = { left: [0, -1], right: [0, 1], up: [-1, 0], down: [1, 0] };
  onKeys(heads.canvas, "cells", (what) => { const move = moves[what]; if (move) pick(get("layer") + move[0], get("head") + move[1]); });
  onKeys(lines.queries, "cells", (what) => {
    const all = rows(), at = all.indexOf(get("query")), last = all.length - 1, move = moves[what];
    if (what === "choose") return;
    const to = what === "first" ? 0 : what === "last" ? last : what === "leave" ? -1 : Math.min(last, at + (move[0] || move[1]));
    choose(to < 0 ? -1 : all[to]);
    lines.queries.children[Math.max(0, to)]?.scrollIntoView({ block: "nearest" });
  });
  onKeys(matrix.grid, "cells", (what) => {
    if (moves[what]) matrix.move(moves[what]);
    else if (what === "choose") choose(matrix.row());
    else if (what === "leave") choose(-1);
  });
  const redraw = batched(draw);
  const unlisten = listen(model, [...SHAPE, "overview", "matrix", "scale", "layer", "head", "query", "picture", "least", "hide_special",
    "words", "words_offered", "kinds", "kind", "summary", "summaries", "parts", "part", "key_part", "layers_offered", "asked_layer",
    "besides", "beside", "beside_note", "scores", "note", "busy", "layer_names"], redraw);
  const untheme = onTheme(redraw), resize = new ResizeObserver(redraw);
  resize.observe(right);
  redraw();
  return () => { unlisten(); untheme(); resize.disconnect(); };
}
export default { render: dressed(render) };
