function render({ model, el }) {
  const list = make("select", { class: "wb-input", dir: "auto", onchange: () => {
    model.set("value", list.value);
    model.save_changes();
  } });
  const name = make("span");
  const root = make("div", { class: "wb wb-choice" }, make("label", { class: "wb-row" }, name, list));
  el.replaceChildren(root);

  function show() {
    name.textContent = model.get("label");
    const options = model.get("options");
    if (JSON.stringify(options) !== list.dataset.options) {
      list.dataset.options = JSON.stringify(options);
      list.replaceChildren(...options.map(([text, value]) => make("option", { value, text })));
    }
    list.value = model.get("value");
  }
  const unlisten = listen(model, ["label", "options", "value"], show);
  show();
  return unlisten;
}
export default { render: dressed(render) };
