function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const W = 460, H = 260, L = 54, R = 12, T = 10, B = 36;
  const title = make("span", { class: "wb-h", style: "margin:0", dir: "auto" }), legend = make("div", { class: "wb-legend" });
  const holder = make("div"), tables = make("div", { class: "wb-scroll" });
  const toggle = tableToggle(model, tables, () => table(model.get("heading"), [say("series"), model.get("x_title"), model.get("y_title")],
    model.get("series").flatMap((s) => s.x.map((x, i) => [s.name, x, s.y[i]]))));
  const root = make("div", { class: "wb wb-plot" }, make("div", { class: "wb-row" }, title, toggle.button), legend, holder, tables);
  el.replaceChildren(root);
  const inks = ["accent", "bad", "third", "second"], dashes = ["", "6 3", "2 3", "8 3 2 3"];

  function build() {
    const series = model.get("series"), limits = model.get("limits");
    title.textContent = model.get("heading");
    legend.replaceChildren(...series.map((s, i) => {
      const mark = make("i");
      mark.style.borderTopStyle = ["solid", "dashed", "dotted", "dashed"][i % 4];
      const item = make("span", {}, mark, make("span", { text: s.name, style: "color:var(--wb-ink)" }));
      item.style.color = `var(--wb-${s.guide ? "soft" : inks[i % 4]})`;
      return item;
    }));
    const [x0, x1, y0, y1] = limits.length ? limits : model.get("reach");
    const X = (v) => L + ((v - x0) / (x1 - x0 || 1)) * (W - L - R), Y = (v) => H - B - ((v - y0) / (y1 - y0 || 1)) * (H - T - B);
    const svg = svgNode("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": model.get("heading"), style: "width:100%;max-width:520px;display:block" });
    for (let i = 0; i <= 4; i++) {
      const x = x0 + ((x1 - x0) * i) / 4, y = y0 + ((y1 - y0) * i) / 4;
      svg.append(svgNode("line", { x1: X(x0), x2: X(x1), y1: Y(y), y2: Y(y), style: "stroke:var(--wb-line)" }),
        svgNode("text", { x: L - 6, y: Y(y) + 4, "text-anchor": "end", style: "fill:var(--wb-soft);font-size:11px" }, short(y)),
        svgNode("text", { x: X(x), y: H - B + 16, "text-anchor": "middle", style: "fill:var(--wb-soft);font-size:11px" }, short(x)));
    }
    svg.append(svgNode("text", { x: (L + W - R) / 2, y: H - 4, "text-anchor": "middle", style: "fill:var(--wb-soft);font-size:11px" }, model.get("x_title")),
      svgNode("text", { x: 11, y: (T + H - B) / 2, "text-anchor": "middle", transform: `rotate(-90 11 ${(T + H - B) / 2})`, style: "fill:var(--wb-soft);font-size:11px" }, model.get("y_title")));
    series.forEach((s, i) => {
      const ink = `var(--wb-${s.guide ? "soft" : inks[i % 4]})`;
      svg.append(svgNode("polyline", { points: s.x.map((x, k) => `${X(x)},${Y(s.y[k])}`).join(" "),
        style: `fill:none;stroke:${ink};stroke-width:${s.guide ? 1 : 1.8};stroke-dasharray:${s.guide ? "2 4" : dashes[i % 4]}` }));
      if (s.low) s.x.forEach((x, k) => svg.append(svgNode("line", { x1: X(x), x2: X(x), y1: Y(s.low[k]), y2: Y(s.high[k]), style: `stroke:${ink}` })));
      if (s.points) s.x.forEach((x, k) => {
        const dot = svgNode("circle", { cx: X(x), cy: Y(s.y[k]), r: 4, style: `fill:${ink}` });
        dot.append(svgNode("title", {}, s.points[k]));
        svg.append(dot);
      });
    });
    holder.replaceChildren(svg);
    toggle.refresh();
    root.dataset.series = series.length;
  }
  const unlisten = listen(model, ["series", "heading", "limits", "reach", "x_title", "y_title"], batched(build));
  build();
  return unlisten;
}
export default { render: dressed(render) };
