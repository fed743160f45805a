function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const items = make("div", { role: "status" }), status = make("span", { class: "wb-status", role: "status" });
  const press = (name) => make("button", { type: "button", class: "wb-btn" + (name === "begin" ? " wb-primary" : ""), "data-download": name,
    text: say(name), onclick: () => model.send({ press: name }) });
  const begin = press("begin"), stop = press("stop"), fill = make("i");
  const bar = make("div", { class: "wb-bar", role: "progressbar", "aria-label": say("label"), "aria-valuemin": "0", "aria-valuemax": "100" }, fill);
  const root = make("div", { class: "wb wb-download", role: "group", "aria-label": say("label") }, items, make("div", { class: "wb-row" }, begin, stop, bar, status));
  el.replaceChildren(root);
  // when all is here the gate goes, and the keyboard goes on at the form
  const refocus = keepFocus(root, ["data-download"], () => [begin, stop].find((button) => !button.hidden)
    || root.closest(".wb-pick")?.querySelector("[data-field=dataset]"));

  function show() {
    const state = model.get("state"), percent = Math.round(1000 * model.get("progress")) / 10;
    items.replaceChildren(...model.get("items").map((text) => make("p", { class: "wb-note", style: "margin:0 0 6px;color:inherit", dir: "auto", text })));
    begin.hidden = state !== "asked";
    stop.hidden = bar.hidden = state !== "running";
    fill.style.width = percent + "%";
    bar.setAttribute("aria-valuenow", String(percent));
    status.textContent = model.get("status");
    root.dataset.state = state;
    refocus();
  }
  const unlisten = listen(model, ["items", "state", "progress", "status"], show);
  show();
  return unlisten;
}
export default { render: dressed(render) };
