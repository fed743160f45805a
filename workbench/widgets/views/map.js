function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const inks = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6bb1"];
  const canvas = make("canvas", { tabindex: "0", role: "img", style: "touch-action:none;cursor:crosshair" });
  const title = make("span", { class: "wb-h", style: "margin:0", dir: "auto" });
  const legend = make("div", { class: "wb-row", role: "group", "aria-label": say("legend") });
  const read = make("p", { class: "wb-note", role: "status", dir: "auto", style: "min-height:2.9em" });
  const note = make("p", { class: "wb-note", dir: "auto" });
  const root = make("div", { class: "wb wb-map" }, title, legend, canvas, read, note);
  el.replaceChildren(root);
  const pad = 10, height = 360;
  let points = new Float32Array(0), kinds = [], shades = [], places = [], chosen = new Set(), lasso = [], dragging = false;

  function take() {
    points = numbers(model.get("points"));
    kinds = numbers(model.get("kinds"), Uint8Array);
    shades = numbers(model.get("shades"));
    chosen = new Set(model.get("chosen"));
    draw();
    tell();
  }
  function hue(i, c) {
    if (shades.length) return `color-mix(in oklab, ${c.second} ${Math.round(100 * shades[i])}%, ${c.accent})`;
    return kinds[i] === model.get("rest") ? c.raw : inks[kinds[i] % inks.length];
  }
  function mark(context, kind, x, y) { // the shape says the kind as well as the colour
    const r = 3.2, step = kind % 4;
    context.beginPath();
    if (step === 0) context.arc(x, y, r, 0, 7);
    else if (step === 1) { context.moveTo(x - r, y - r); context.lineTo(x + r, y + r); context.moveTo(x + r, y - r); context.lineTo(x - r, y + r); context.stroke(); return; }
    else if (step === 2) { context.moveTo(x, y - r - 1); context.lineTo(x + r + 1, y + r); context.lineTo(x - r - 1, y + r); context.closePath(); }
    else context.rect(x - r, y - r, 2 * r, 2 * r);
    context.fill();
  }
  function draw() {
    const n = points.length / 2, width = Math.max(280, root.clientWidth), context = fit(canvas, width, height), c = colours(root);
    root.dataset.points = n;
    root.dataset.chosen = chosen.size;
    canvas.setAttribute("aria-label", say("aria", { n, keys: keySigns("points", "previous", "next") }));
    context.strokeStyle = c.line;
    context.strokeRect(0.5, 0.5, width - 1, height - 1);
    if (!n) return;
    let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let i = 0; i < n; i++) {
      x0 = Math.min(x0, points[2 * i]); x1 = Math.max(x1, points[2 * i]);
      y0 = Math.min(y0, points[2 * i + 1]); y1 = Math.max(y1, points[2 * i + 1]);
    }
    const X = (x) => pad + ((x - x0) / (x1 - x0 || 1)) * (width - 2 * pad), Y = (y) => height - pad - ((y - y0) / (y1 - y0 || 1)) * (height - 2 * pad);
    places = Array.from({ length: n }, (_, i) => [X(points[2 * i]), Y(points[2 * i + 1])]);
    context.lineWidth = 1.4;
    for (let i = 0; i < n; i++) {
      context.globalAlpha = chosen.size && !chosen.has(i) ? 0.28 : 0.8;
      context.fillStyle = context.strokeStyle = hue(i, c);
      mark(context, shades.length ? 0 : kinds[i], ...places[i]);
    }
    context.globalAlpha = 1;
    if (lasso.length > 1) {
      context.strokeStyle = c.ink;
      context.setLineDash([4, 3]);
      context.beginPath();
      lasso.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
      if (!dragging) context.closePath();
      context.stroke();
      context.setLineDash([]);
    }
  }
  function tell() {
    const names = model.get("legend"), ends = model.get("ends"), c = colours(root);
    title.textContent = model.get("heading");
    note.textContent = model.get("note");
    if (shades.length) {
      const bar = make("span", { style: `display:inline-block;width:120px;height:8px;border-radius:4px;background:linear-gradient(90deg in oklab, ${c.accent}, ${c.second})` });
      legend.replaceChildren(make("span", { class: "wb-note", style: "margin:0", text: short(ends[0]) }), bar, make("span", { class: "wb-note", style: "margin:0", text: short(ends[1]) + " +" }));
    } else legend.replaceChildren(...names.map((name, kind) => {
      const shape = make("canvas", { "aria-hidden": "true", style: "vertical-align:-1px;margin-right:5px" });
      const context = fit(shape, 10, 10);
      context.fillStyle = context.strokeStyle = kind === model.get("rest") ? c.raw : inks[kind % inks.length];
      context.lineWidth = 1.4;
      mark(context, kind, 5, 5);
      return make("button", { class: "wb-link", type: "button", title: say("all_of", { name }), onclick: () => choose([...kinds.keys()].filter((i) => kinds[i] === kind)) },
        shape, make("span", { text: name, dir: "auto" }));
    }));
    if (!read.textContent) read.textContent = say("hint", { leave: keySigns("points", "leave") });
  }
  const redraw = batched(draw);
  function choose(found) {
    model.set("chosen", found);
    model.save_changes();
    chosen = new Set(found);
    read.textContent = found.length ? say("count", { n: found.length }) : say("hint", { leave: keySigns("points", "leave") });
    redraw();
  }
  function nearest(x, y) {
    let best = -1, least = 144;
    places.forEach(([a, b], i) => { const d = (a - x) ** 2 + (b - y) ** 2; if (d < least) [best, least] = [i, d]; });
    return best;
  }
  function inside([x, y], ring) { // crossings of a ray to the right
    let odd = false;
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [a, b] = ring[i], [p, q] = ring[j];
      if (b > y !== q > y && x < ((p - a) * (y - b)) / (q - b) + a) odd = !odd;
    }
    return odd;
  }
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    dragging = true;
    lasso = [[event.offsetX, event.offsetY]];
  });
  canvas.addEventListener("pointermove", (event) => {
    if (dragging) { lasso.push([event.offsetX, event.offsetY]); redraw(); return; }
    const i = nearest(event.offsetX, event.offsetY);
    if (i >= 0) read.textContent = model.get("texts")[i];
  });
  canvas.addEventListener("pointerup", (event) => {
    if (!dragging) return;
    dragging = false;
    const xs = lasso.map((p) => p[0]), ys = lasso.map((p) => p[1]);
    const size = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
    if (size < 6) {
      lasso = [];
      const i = nearest(event.offsetX, event.offsetY);
      choose(i >= 0 ? [i] : []);
    } else choose([...places.keys()].filter((i) => inside(places[i], lasso)));
  });
  canvas.addEventListener("pointercancel", () => { dragging = false; lasso = []; redraw(); });
  onKeys(canvas, "points", (what) => {
    const now = chosen.size === 1 ? [...chosen][0] : -1, to = led(what, now, places.length);
    if (what !== "leave" && to === undefined) return false;
    lasso = [];
    choose(what === "leave" ? [] : [to]);
    if (to !== undefined) read.textContent = model.get("texts")[[...chosen][0]];
  });
  const stops = [listen(model, ["points", "kinds", "shades", "legend", "heading", "note", "chosen"], batched(take)), onTheme(() => { draw(); tell(); })];
  const watch = new ResizeObserver(redraw);
  watch.observe(root);
  take();
  return () => { stops.forEach((stop) => stop()); watch.disconnect(); };
}
export default { render: dressed(render) };
