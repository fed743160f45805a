function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const canvas = make("canvas", { tabindex: "0", role: "img" });
  const holder = make("div", { class: "wb-scroll" });
  const toggle = tableToggle(model, holder, () => table(say("title"), [say("from"), say("to"), say("examples"), say("residual"), say("mae")], model.get("parts")));
  const read = make("p", { class: "wb-note", role: "status", dir: "auto" });
  const root = make("div", { class: "wb wb-scatter" }, make("div", { class: "wb-row" }, make("span", { class: "wb-h", style: "margin:0", text: say("title") }), toggle.button), canvas, read, holder);
  el.replaceChildren(root);
  const pad = { left: 46, right: 12, top: 10, bottom: 30 };
  const keys = keySigns("points", "previous", "next");
  let place = null;

  function draw() {
    const points = numbers(model.get("points")), n = points.length / 2, width = Math.max(280, root.clientWidth), height = 260;
    const c = fit(canvas, width, height), hue = colours(root);
    canvas.setAttribute("aria-label", say("label", { n, keys }));
    root.dataset.points = n;
    if (!n) return;
    let [x0, x1, y0, y1] = [Infinity, -Infinity, 0, 0];
    for (let i = 0; i < n; i++) {
      x0 = Math.min(x0, points[2 * i]); x1 = Math.max(x1, points[2 * i]);
      y0 = Math.min(y0, points[2 * i + 1]); y1 = Math.max(y1, points[2 * i + 1]);
    }
    if (x1 === x0) { x0 -= 1; x1 += 1; }
    if (y1 === y0) { y0 -= 1; y1 += 1; }
    const px = (x) => pad.left + ((x - x0) / (x1 - x0)) * (width - pad.left - pad.right);
    const py = (y) => height - pad.bottom - ((y - y0) / (y1 - y0)) * (height - pad.top - pad.bottom);
    place = (i) => [px(points[2 * i]), py(points[2 * i + 1])];
    c.font = "11px " + hue.font;
    c.fillStyle = hue.soft;
    c.strokeStyle = hue.line;
    for (const y of [y0, 0, y1]) {
      c.beginPath(); c.moveTo(pad.left, py(y)); c.lineTo(width - pad.right, py(y)); c.stroke();
      c.textAlign = "right"; c.fillText(short(y), pad.left - 6, py(y) + 4);
    }
    for (const x of [x0, (x0 + x1) / 2, x1]) { c.textAlign = x === x0 ? "left" : x === x1 ? "right" : "center"; c.fillText(short(x), px(x), height - 16); }
    c.textAlign = "center"; c.fillText(say("axis"), width / 2, height - 3);
    c.fillStyle = faded(hue.accent, 0.45);
    for (let i = 0; i < n; i++) { const [x, y] = place(i); c.beginPath(); c.arc(x, y, 3, 0, 7); c.fill(); }
    c.strokeStyle = c.fillStyle = hue.second; c.lineWidth = 2; c.beginPath();
    model.get("parts").forEach(([low, high, , residual], i) => { const [x, y] = [px((low + high) / 2), py(residual)]; i ? c.lineTo(x, y) : c.moveTo(x, y); });
    c.stroke();
    const chosen = model.get("selected");
    if (chosen >= 0 && chosen < n) { const [x, y] = place(chosen); c.strokeStyle = hue.ink; c.beginPath(); c.arc(x, y, 6, 0, 7); c.stroke(); }
    read.textContent = chosen >= 0 && chosen < n ? say("point", { label: short(points[2 * chosen]), residual: short(points[2 * chosen + 1]) }) : say("hint", { keys });
    toggle.refresh();
  }
  const redraw = batched(draw);
  function choose(i) { model.set("selected", i); model.save_changes(); redraw(); }
  canvas.addEventListener("click", (event) => {
    const n = numbers(model.get("points")).length / 2;
    let best = -1, least = 400;
    for (let i = 0; i < n; i++) { const [x, y] = place(i), d = (x - event.offsetX) ** 2 + (y - event.offsetY) ** 2; if (d < least) [best, least] = [i, d]; }
    if (best >= 0) choose(best);
  });
  onKeys(canvas, "points", (what) => {
    const to = led(what, model.get("selected"), numbers(model.get("points")).length / 2);
    if (to === undefined) return false;
    choose(to);
  });
  const stops = [listen(model, ["points", "parts", "selected"], redraw), onTheme(redraw)];
  const watch = new ResizeObserver(redraw);
  watch.observe(root);
  redraw();
  return () => { stops.forEach((stop) => stop()); watch.disconnect(); };
}
export default { render: dressed(render) };
