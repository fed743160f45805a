function render({ model, el }) {
  const say = (key, values) => speak(model, key, values), get = (key) => model.get(key);
  const slider = make("input", { type: "range", min: "0", max: String(get("most")), step: "1", "aria-label": say("merges"),
    oninput: () => { model.set("at", Number(slider.value)); model.save_changes(); } });
  const told = make("output", { class: "wb-n" });
  const heading = make("p", { class: "wb-note", dir: "auto", role: "status", "aria-live": "polite" });
  const body = make("div", { class: "wb-toy-cuts" });
  el.replaceChildren(make("div", { class: "wb wb-toy" }, make("p", { class: "wb-h", text: say("aim") }),
    make("div", { class: "wb-toy-sliders" }, make("label", {}, make("span", { text: say("merges") }), slider, told)), heading, body));
  function show() {
    slider.value = get("at");
    told.textContent = get("at").toLocaleString("en-US");
    heading.textContent = get("heading");
    body.replaceChildren(...get("rows").map(([name, pieces, characters]) => make("div", {},
      make("p", { class: "wb-note", dir: "auto", text: say("counted", { name, characters, n: pieces.length }) }),
      make("p", { class: "wb-toy-pieces", dir: "auto" }, ...pieces.map((piece) => make("span", { text: piece }))))));
  }
  const stop = listen(model, ["at", "heading", "rows"], batched(show));
  show();
  return stop;
}
export default { render: alone(render) };
