function render({ model, el }) {
  const W = 118, GAP = 30, H = 46, LEFT = 14; // of a node, between two steps, of a row, of the root
  const say = (key, values) => speak(model, key, values), get = (key) => model.get(key);
  const visible = (text) => text.replaceAll(" ", "␣").replaceAll("\n", "⏎");
  const sliders = [["beams", 1, 1], ["steps", 1, 1], ["length_penalty", 0, 0.25]].map(([name, min, step]) => {
    const input = make("input", { type: "range", min, max: get("most")[name], step, "aria-label": say(name),
      oninput: () => { model.set(name, Number(input.value)); model.save_changes(); } });
    const told = make("output", { class: "wb-n" });
    const show = () => {
      input.value = get(name);
      told.textContent = get(name).toLocaleString("en-US");
      input.setAttribute("aria-valuetext", told.textContent);
    };
    return { show, root: make("label", {}, make("span", { text: say(name) }), input, told) };
  });
  const heading = make("p", { class: "wb-note", dir: "auto", role: "status", "aria-live": "polite" });
  const board = make("div", { class: "wb-toy-tree" });
  const legend = make("div", { class: "wb-row wb-toy-fates" }, ...["kept", "dropped", "ended"].map((fate) =>
    make("span", { "data-fate": fate, text: say(fate) })), make("span", { "data-fate": "kept", "data-best": "", text: say("best") }),
    make("span", { "data-fate": "kept" }, make("b", { text: "g" }), " " + say("greedy")), make("small", { text: say("numbers") }));
  el.replaceChildren(make("div", { class: "wb wb-toy wb-toy-wide" }, make("p", { class: "wb-h", text: say("aim") }),
    make("div", { class: "wb-toy-sliders" }, ...sliders.map((one) => one.root)), heading,
    make("div", { class: "wb-scroll wb-toy-scroll", tabindex: "0", role: "region", "aria-label": say("tree") }, board), legend));
  function show() {
    sliders.forEach((one) => one.show());
    heading.textContent = get("heading");
    const levels = get("levels"), left = (step) => LEFT + GAP + step * (W + GAP), middle = (place) => place * H + H / 2;
    const height = H * Math.max(...levels.map((level) => level.length)), width = left(levels.length);
    board.style.width = width + "px";
    board.style.height = height + "px";
    const lines = svgNode("svg", { width, height, "aria-hidden": "true" });
    lines.append(svgNode("circle", { cx: LEFT / 2 + 2, cy: middle(0), r: 5 }));
    const lists = levels.map((level, step) => make("ol", { "aria-label": say("step", { n: step + 1 }) },
      ...level.map(([token, parent, p, total, fate, marks], place) => {
        const from = step ? left(step) - GAP : LEFT / 2 + 7, to = left(step), a = middle(step ? parent : 0), b = middle(place);
        const half = (from + to) / 2, best = marks.includes("best");
        lines.append(svgNode("path", { d: `M${from},${a} C${half},${a} ${half},${b} ${to},${b}`, "data-fate": fate, ...(best && { "data-best": "" }) }));
        const item = make("li", { "data-fate": fate, "data-best": best },
          make("span", { class: "wb-toy-token", dir: "auto", text: visible(token) }),
          ...(marks.includes("greedy") ? [make("b", { text: "g", title: say("greedy") })] : []),
          make("small", { text: `${p.toFixed(3)} · ${total > -0.005 ? "0.00" : total.toFixed(2).replace("-", "−")}` }),
          make("span", { class: "wb-hidden", text: [fate, ...marks].map((key) => say(key)).join(", ") }));
        Object.assign(item.style, { left: to + "px", top: place * H + 4 + "px", width: W + "px", height: H - 8 + "px" });
        return item;
      })));
    board.replaceChildren(lines, ...lists);
  }
  const stop = listen(model, ["beams", "steps", "length_penalty", "heading", "levels"], batched(show));
  show();
  return stop;
}
export default { render: alone(render) };
