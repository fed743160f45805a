function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const button = make("button", { type: "button", class: "wb-btn", text: say("ask"),
    onclick: () => { button.disabled = true; model.send({ press: "profile" }); } });
  const note = make("span", { class: "wb-note", role: "status", dir: "auto", style: "margin:0 0 0 8px" });
  const body = make("tbody");
  const heads = ["operation", "bar", "milliseconds", "share", "calls"].map((name, i) =>
    make("th", { scope: "col", class: i > 1 ? "wb-n" : "", text: name === "bar" ? "" : say(name) }));
  const table = make("div", { class: "wb-scroll" }, make("table", { class: "wb-table" },
    make("caption", { class: "wb-hidden", text: say("caption") }), make("thead", {}, make("tr", {}, ...heads)), body));
  const root = make("div", { class: "wb wb-profile" }, make("div", {}, button, note), table);
  el.replaceChildren(root);
  const show = () => {
    const rows = model.get("rows");
    root.hidden = !model.get("can_ask") && !rows.length;
    button.hidden = !model.get("can_ask");
    button.disabled = model.get("waiting");
    note.textContent = model.get("waiting") ? say("waiting") : model.get("note");
    table.hidden = !rows.length;
    const longest = Math.max(...rows.map((row) => row[1]), 1e-9);
    body.replaceChildren(...rows.map(([operation, milliseconds, share, calls]) => {
      const bar = make("i");
      bar.style.width = 100 * milliseconds / longest + "%";
      return make("tr", {}, make("td", { text: operation, dir: "auto" }),
        make("td", { style: "width:30%" }, make("div", { class: "wb-bar", "aria-hidden": "true" }, bar)),
        make("td", { class: "wb-n", text: milliseconds.toFixed(1) }),
        make("td", { class: "wb-n", text: (100 * share).toFixed(0) + " %" }),
        make("td", { class: "wb-n", text: short(calls) }));
    }));
  };
  const unlisten = listen(model, ["rows", "note", "waiting", "can_ask"], show);
  show();
  return unlisten;
}
export default { render: dressed(render) };
