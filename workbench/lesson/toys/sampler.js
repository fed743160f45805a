function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const get = (key) => model.get(key), set = (key, value) => { model.set(key, value); model.save_changes(); };
  function slider(name, options, value, read) {
    const input = make("input", { type: "range", ...options, "aria-label": say(name),
      oninput: () => set(name, value(Number(input.value))) });
    const told = make("output", { class: "wb-n" });
    const show = () => {
      const now = get(name);
      if (document.activeElement !== input || value(Number(input.value)) !== now) input.value = read(now);
      told.textContent = now.toLocaleString("en-US");
      input.setAttribute("aria-valuetext", told.textContent);
    };
    return { show, root: make("label", {}, make("span", { text: say(name) }), input, told) };
  }
  const ks = get("ks"), place = (k) => ks.reduce((at, one, i) => one <= k ? i : at, 0);
  const sliders = [
    slider("temperature", { min: "0.1", max: "2", step: "0.1" }, (x) => x, (x) => x),
    slider("top_k", { min: "0", max: String(ks.length - 1), step: "1" }, (i) => ks[i], place),
    slider("top_p", { min: "0.05", max: "1", step: "0.05" }, (x) => x, (x) => x),
  ];
  const heading = make("p", { class: "wb-note", role: "status", "aria-live": "polite" });
  const body = make("tbody"), drawn = make("span", { class: "wb-toy-drawn", role: "status", "aria-live": "polite" });
  const bars = make("table", { class: "wb-table" }, make("caption", { class: "wb-hidden", text: say("caption") }),
    make("thead", {}, make("tr", {}, ...["token", "bar", "before", "after"].map((key, i) =>
      make("th", { scope: "col", class: i > 1 ? "wb-n" : "", text: say(key) })))), body);
  const draw = make("button", { class: "wb-btn", type: "button", text: say("draw"), // sliders' last values may still be on their way
    onclick: () => model.send({ draw: Object.fromEntries(["temperature", "top_k", "top_p"].map((name) => [name, get(name)])) }) });
  el.replaceChildren(make("div", { class: "wb wb-toy" }, make("p", { class: "wb-h", text: say("aim") }),
    make("div", { class: "wb-toy-sliders" }, ...sliders.map((one) => one.root)), heading, bars,
    make("div", { class: "wb-row" }, draw, drawn)));
  const visible = (text) => text.replaceAll(" ", "␣").replaceAll("\n", "⏎");
  function show() {
    sliders.forEach((one) => one.show());
    heading.textContent = get("heading");
    const rows = get("bars"), most = Math.max(...rows.flatMap(([, before, after]) => [before, after]));
    body.replaceChildren(...rows.map(([token, before, after], i) => {
      const bar = make("i"), mark = make("b");
      bar.style.width = (100 * after) / most + "%";
      mark.style.left = (100 * before) / most + "%";
      return make("tr", { "data-cut": after === 0 }, make("td", { dir: "auto", text: get("others") && i === rows.length - 1 ? token : visible(token) }),
        make("td", { class: "wb-bar-cell" }, make("div", { class: "wb-toy-bar", "aria-hidden": "true" }, bar, mark)),
        make("td", { class: "wb-n", text: before.toFixed(3) }), make("td", { class: "wb-n", text: after === 0 ? say("cut") : after.toFixed(3) }));
    }));
    drawn.replaceChildren(...get("drawn").map((token) => make("span", { class: "wb-tag", dir: "auto", text: visible(token) })));
  }
  const stop = listen(model, ["temperature", "top_k", "top_p", "heading", "bars", "drawn"], batched(show));
  show();
  return stop;
}
export default { render: alone(render) };
