function render({ model, el }) {
  const S = 240, C = S / 2; // side and middle of a plane
  const say = (key, values) => speak(model, key, values), get = (key) => model.get(key), set = (key, value) => { model.set(key, value); model.save_changes(); };
  const [reach, span] = get("extents"), keys = get("points");
  const at = ([x, y], extent) => [C + (C * x) / extent, C - (C * y) / extent];
  const [asking, answering] = ["plane", "values"].map((key) => svgNode("svg", { viewBox: `0 0 ${S} ${S}`, role: "img", "aria-label": say(key) }));
  const how = say("move", { keys: keySigns("cells", "left", "right", "up", "down") }), asked = make("div", { class: "wb-toy-drag", tabindex: "0", role: "group", "aria-label": how }, asking);
  const move = (x, y) => set("query", [x, y].map((one) => Math.max(-reach, Math.min(reach, Number(one.toPrecision(4))))));
  const drag = (event) => {
    const { left, top, width, height } = asking.getBoundingClientRect();
    move(((2 * (event.clientX - left)) / width - 1) * reach, (1 - (2 * (event.clientY - top)) / height) * reach);
  };
  asked.addEventListener("pointerdown", (event) => { asked.setPointerCapture(event.pointerId); drag(event); });
  asked.addEventListener("pointermove", (event) => { if (asked.hasPointerCapture(event.pointerId)) drag(event); });
  onKeys(asked, "cells", (what) => {
    const [x, y] = get("query"), step = { left: [-1, 0], right: [1, 0], up: [0, 1], down: [0, -1] }[what];
    return step ? move(x + (step[0] * reach) / 20, y + (step[1] * reach) / 20) : false;
  });
  const length = make("input", { type: "range", min: 0, max: keys.length, step: 1, "aria-label": say("length"), oninput: () => set("length", Number(length.value)) });
  const told = make("output", { class: "wb-n" }), heading = make("p", { class: "wb-note", dir: "auto", role: "status", "aria-live": "polite" });
  const lines = keys.map(([name, , value], i) => {
    const box = make("input", { type: "checkbox", "aria-label": say("sees", { name }),
      onchange: () => set("off", box.checked ? get("off").filter((one) => one !== i) : [...get("off"), i]) });
    const [score, weight] = [0, 1].map(() => make("td", { class: "wb-n" })), bar = make("i");
    const cells = [make("td", {}, box), make("td", { dir: "auto", text: name }), score, make("td", { class: "wb-bar-cell" }, make("div", { class: "wb-toy-bar", "aria-hidden": "true" }, bar)), weight];
    return { box, score, weight, bar, root: make("tr", {}, ...cells, make("td", { class: "wb-n", text: `(${value.map(short).join(", ")})` })) };
  });
  const head = ["seen", "key", "score", "bar", "weight", "value"].map((key) => make("th", { scope: "col", class: ["score", "weight", "value"].includes(key) ? "wb-n" : "", text: say(key) }));
  el.replaceChildren(make("div", { class: "wb wb-toy" }, make("p", { class: "wb-h", text: say("aim") }),
    make("div", { class: "wb-toy-planes" }, make("figure", {}, make("figcaption", { text: say("plane") }), asked, make("p", { class: "wb-note", text: how })), make("figure", {}, make("figcaption", { text: say("values") }), answering, make("p", { class: "wb-note", text: say("mean") }))),
    make("div", { class: "wb-toy-sliders" }, make("label", {}, make("span", { text: say("length") }), length, told)), heading,
    make("table", { class: "wb-table" }, make("caption", { class: "wb-hidden", text: say("caption") }), make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...lines.map((line) => line.root)))));
  const arrow = ([x2, y2], kind) => svgNode("line", { x1: C, y1: C, x2, y2, "data-part": kind });
  function show() {
    const rows = get("rows"), cross = () => svgNode("path", { d: `M0,${C}H${S}M${C},0V${S}`, "data-part": "axis" });
    const drawn = (which, extent) => keys.flatMap((key, i) => {
      const [x, y] = at(key[which], extent), r = which === 1 ? 5 : 4 + 9 * rows[i][1], parts = which === 1 ? [arrow([x, y], "key")] : [];
      parts.push(which === 1 ? svgNode("circle", { cx: x, cy: y, r }) : svgNode("rect", { x: x - r, y: y - r, width: 2 * r, height: 2 * r }));
      parts.at(-1).dataset.seen = rows[i][2];
      return [...parts, svgNode("text", { x: x > C ? x - r - 4 : x + r + 4, y: y < 24 ? y + 18 : y - 8, "text-anchor": x > C ? "end" : "start" }, key[0])];
    });
    const [qx, qy] = at(get("query"), reach), [ox, oy] = at(get("answer"), span);
    asking.replaceChildren(cross(), ...drawn(1, reach), arrow([qx, qy], "query"), svgNode("circle", { cx: qx, cy: qy, r: 8, "data-part": "query" }));
    answering.replaceChildren(cross(), ...drawn(2, span), svgNode("path", { d: `M${ox},${oy - 8}l8,8l-8,8l-8,-8z`, "data-part": "output" }));
    heading.textContent = get("heading");
    told.textContent = say("of", { n: (length.value = get("length")), all: keys.length });
    length.setAttribute("aria-valuetext", told.textContent);
    lines.forEach((line, i) => {
      const [score, weight, seen] = rows[i];
      Object.assign(line.box, { checked: seen, disabled: i >= get("length") });
      line.score.textContent = short(score);
      line.weight.textContent = seen ? weight.toFixed(3) : say("masked");
      line.bar.style.width = 100 * weight + "%";
    });
  }
  const stop = listen(model, ["query", "length", "off", "rows", "answer", "heading"], batched(show));
  show();
  return stop;
}
export default { render: alone(render) };
