function render({ model, el }) {
  const W = 360, H = 130, L = 44, R = 12, T = 8, B = 20;
  const say = (key, values) => speak(model, key, values), get = (key) => model.get(key);
  const set = (value) => { model.set("temperature", value); model.save_changes(); };
  const curve = get("curve"), [low, high] = [curve[0][0], curve.at(-1)[0]].map(Math.log2);
  const slider = make("input", { type: "range", min: low, max: high, step: 0.05, "aria-label": say("temperature"),
    oninput: () => set(Number((2 ** Number(slider.value)).toFixed(3))) });
  const told = make("output", { class: "wb-n" }), heading = make("p", { class: "wb-note", role: "status", "aria-live": "polite" });
  const fit = make("button", { class: "wb-link", type: "button", text: say("fit"), onclick: () => set(get("fitted")) });
  const losses = curve.map(([, loss]) => loss), least = Math.min(...losses), most = Math.min(Math.max(...losses), 4 * least + 0.1);
  const X = (t) => L + ((W - L - R) * (Math.max(low, Math.min(high, Math.log2(t))) - low)) / (high - low);
  const Y = (loss) => H - B - ((H - B - T) * (Math.min(loss, most) - least)) / (most - least || 1);
  const figure = svgNode("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": say("curve"), class: "wb-toy-curves" });
  const line = svgNode("g", { "data-line": "chosen" }), dot = svgNode("circle", { r: 6, "data-part": "now" }), best = svgNode("path", { "data-part": "fitted" });
  line.append(svgNode("polyline", { points: curve.map(([t, loss]) => `${X(t)},${Y(loss)}`).join(" ") }));
  for (const loss of [least, most]) figure.append(svgNode("text", { x: L - 6, y: Y(loss) + 4, "text-anchor": "end" }, loss.toFixed(2)));
  for (let t = 2 ** Math.ceil(low); t <= 2 ** high; t *= high - low > 6.5 ? 4 : 2)
    figure.append(svgNode("path", { d: `M${X(t)},${T}V${H - B}`, "data-part": "grid" }), svgNode("text", { x: X(t), y: H - B + 14, "text-anchor": "middle" }, String(t)));
  figure.append(line, best, dot);
  const body = make("tbody");
  el.replaceChildren(make("div", { class: "wb wb-toy" }, make("p", { class: "wb-h", text: say("aim") }),
    make("div", { class: "wb-toy-sliders" }, make("label", {}, make("span", { text: say("temperature") }), slider, told), make("div", {}, fit)), heading,
    make("div", { class: "wb-toy-half" }, figure), make("p", { class: "wb-note", text: say("curve") }),
    make("table", { class: "wb-table" }, make("caption", { class: "wb-hidden", text: say("caption") }),
      make("thead", {}, make("tr", {}, ...["bin", "bar", "confidence", "accuracy", "examples"].map((key, i) => make("th", { scope: "col", class: i > 1 ? "wb-n" : "", text: say(key) })))), body)));
  const cell = (value) => make("td", { class: "wb-n", text: value === null ? "–" : value.toFixed(3) });
  function show() {
    const now = get("temperature"), fitted = get("fitted");
    if (document.activeElement !== slider) slider.value = Math.log2(now);
    told.textContent = now.toFixed(2);
    slider.setAttribute("aria-valuetext", told.textContent);
    heading.textContent = get("heading");
    dot.setAttribute("cx", X(now));
    dot.setAttribute("cy", Y(get("loss")));
    best.setAttribute("d", `M${X(fitted)},${T}V${H - B}`);
    body.replaceChildren(...get("bins").map(([from, to, examples, confidence, accuracy]) => {
      const bar = make("i"), mark = make("b");
      bar.style.width = 100 * accuracy + "%";
      mark.style.left = 100 * confidence + "%";
      const held = examples ? make("div", { class: "wb-toy-bar", "aria-hidden": "true" }, bar, mark) : "";
      return make("tr", {}, make("td", { text: `${from.toFixed(1)}–${to.toFixed(1)}` }), make("td", { class: "wb-bar-cell" }, held), cell(confidence), cell(accuracy),
        make("td", { class: "wb-n", text: examples.toLocaleString("en-US") }));
    }));
  }
  const stop = listen(model, ["temperature", "bins", "heading", "loss"], batched(show));
  show();
  return stop;
}
export default { render: alone(render) };
