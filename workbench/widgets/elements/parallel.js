function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const W = 640, H = 250, L = 70, R = 70, T = 34, B = 14;
  const title = make("span", { class: "wb-h", style: "margin:0", dir: "auto" });
  const holder = make("div"), tables = make("div", { class: "wb-scroll" });
  const toggle = tableToggle(model, tables, () => table(model.get("heading"), [say("line"), ...model.get("axes").map((a) => a.name)],
    model.get("lines").map((line) => [line.name, ...line.texts])));
  const root = make("div", { class: "wb wb-parallel" }, make("div", { class: "wb-row" }, title, toggle.button), holder, tables);
  el.replaceChildren(root);
  const ink = (text, x, y, style) => svgNode("text", { x, y, style: `fill:var(--wb-ink);font-size:11px;${style}` }, text);

  function build() {
    const axes = model.get("axes"), lines = model.get("lines");
    title.textContent = model.get("heading");
    const X = (i) => L + (i * (W - L - R)) / Math.max(1, axes.length - 1), Y = (v) => H - B - v * (H - T - B);
    const svg = svgNode("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": model.get("heading"), style: "width:100%;max-width:760px;display:block" });
    lines.forEach((line) => {
      const colour = line.best ? "var(--wb-accent)" : "var(--wb-soft)";
      const path = svgNode("polyline", { points: line.places.map((v, i) => `${X(i)},${Y(v)}`).join(" "),
        style: `fill:none;stroke:${colour};stroke-width:${line.best ? 3 : 1.4};stroke-opacity:${line.best ? 1 : 0.75}` });
      path.append(svgNode("title", {}, line.name));
      svg.append(path);
    });
    axes.forEach((axis, i) => {
      svg.append(svgNode("line", { x1: X(i), x2: X(i), y1: Y(0), y2: Y(1), style: "stroke:var(--wb-ink)" }),
        ink(axis.name, X(i), 14, "text-anchor:middle;font-weight:600"));
      axis.ticks.forEach(([place, text]) => svg.append(ink(text, X(i) + 5, Y(place) + 4,
        "paint-order:stroke;stroke:var(--wb-card);stroke-width:3px")));
    });
    holder.replaceChildren(svg);
    toggle.refresh();
    root.dataset.lines = lines.length;
  }
  const unlisten = listen(model, ["axes", "lines", "heading"], batched(build));
  build();
  return unlisten;
}
export default { render: dressed(render) };
