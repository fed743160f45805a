function render({ model, el }) {
  const W = 560, H = 250, L = 44, R = 10, T = 8, B = 34;
  const say = (key, values) => speak(model, key, values), get = (key) => model.get(key);
  const rates = get("rates"), curves = get("curves"), rows = get("rows"), ceiling = get("ceiling");
  const fates = { "": "", best: say("fate_best"), diverged: say("fate_diverged") };
  const slider = make("input", { type: "range", min: 0, max: rates.length - 1, step: 1, "aria-label": say("rate"),
    oninput: () => { model.set("rate", rates[Number(slider.value)]); model.save_changes(); } });
  const output = make("output", { class: "wb-n" }), heading = make("p", { class: "wb-note", role: "status", "aria-live": "polite" });
  const figure = svgNode("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": say("curves"), class: "wb-toy-curves" });
  const last = Math.max(2, ...curves.map((curve) => curve.at(-1)[0]));
  const X = (step) => L + ((W - L - R) * (step - 1)) / (last - 1), Y = (loss) => H - B - ((H - B - T) * Math.min(loss, ceiling)) / ceiling;
  const clipped = curves.flat().some(([, loss]) => loss === null || loss > ceiling);
  for (let i = 0; i <= 3; i++)
    figure.append(svgNode("path", { d: `M${L},${Y((ceiling * i) / 3)}H${W - R}`, "data-part": "grid" }),
      svgNode("text", { x: L - 6, y: Y((ceiling * i) / 3) + 4, "text-anchor": "end" }, ((ceiling * i) / 3).toFixed(2)));
  [1, last].forEach((step, i) => figure.append(svgNode("text", { x: X(step), y: H - B + 16, "text-anchor": i ? "end" : "start" }, String(Math.round(step)))));
  figure.append(svgNode("text", { x: (L + W - R) / 2, y: H - 6, "text-anchor": "middle" }, say("step")));
  const lines = curves.map((curve, i) => {
    const there = curve.filter(([, loss]) => loss !== null), line = svgNode("g");
    line.append(svgNode("polyline", { points: there.map(([step, loss]) => `${X(step)},${Y(loss)}`).join(" ") }));
    if (there.length < curve.length) line.append(svgNode("text", { x: X((there.at(-1) || [1])[0]), y: T + 10, "text-anchor": "middle" }, "×"));
    return line;
  });
  const best = rows.findIndex((row) => row[4] === "best");
  const order = curves.map((_, i) => i).sort((a, b) => (a === best) - (b === best));
  figure.append(...order.map((i) => lines[i]));
  const cell = (value) => make("td", { class: "wb-n", text: value === null ? say("not_finite") : value.toFixed(3) });
  const body = rows.map(([rate, first, end, validation, fate]) => make("tr", {}, make("td", { class: "wb-n", text: rate }),
    cell(first), cell(end), cell(validation), make("td", { text: fates[fate] })));
  const legend = make("div", { class: "wb-legend wb-note" }, ...[["chosen", say("this")], ["best", say("best_line")], ["others", say("others")]].map(([kind, text]) => make("span", { "data-line": kind }, make("i"), text)));
  el.replaceChildren(make("div", { class: "wb wb-toy" }, make("p", { class: "wb-h", text: say("aim") }),
    make("div", { class: "wb-toy-sliders" }, make("label", {}, make("span", { text: say("rate") }), slider, output)), heading, figure, legend,
    make("p", { class: "wb-note", text: say("clipped", { ceiling }), ...(!clipped && { hidden: true }) }),
    make("table", { class: "wb-table" }, make("caption", { class: "wb-hidden", text: say("caption") }),
      make("thead", {}, make("tr", {}, ...["rate", "first", "last", "validation", "fate_of"].map((key) => make("th", { scope: "col", class: key === "fate_of" ? "" : "wb-n", text: say(key) })))), make("tbody", {}, ...body))));
  function show() {
    const at = rates.indexOf(get("rate"));
    slider.value = at;
    output.textContent = rows[at][0];
    slider.setAttribute("aria-valuetext", output.textContent);
    heading.textContent = get("heading");
    lines.forEach((line, i) => { line.dataset.line = i === at ? "chosen" : i === best ? "best" : "others"; });
    body.forEach((row, i) => { row.className = i === at ? "wb-chosen" : ""; });
    figure.append(lines[at]);
  }
  const stop = listen(model, ["rate", "heading"], batched(show));
  show();
  return stop;
}
export default { render: alone(render) };
