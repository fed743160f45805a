function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const root = make("div", { class: "wb wb-tabs", role: "tablist", "aria-label": say("label") });
  el.replaceChildren(root);

  function choose(name) {
    model.set("selected", name);
    model.save_changes();
  }
  function build() {
    const names = model.get("names"), selected = model.get("selected");
    root.replaceChildren(...names.map(([name, title]) => make("button", { type: "button", role: "tab", "data-view": name,
      "aria-selected": String(name === selected), tabindex: name === selected ? "0" : "-1", text: title, onclick: () => choose(name) })));
    root.hidden = names.length < 2;
  }
  onKeys(root, "tabs", (what, event) => {
    const all = [...root.children], to = led(what, all.indexOf(event.target), all.length, true);
    if (to === undefined) return false;
    const name = all[to].dataset.view;
    choose(name);
    root.querySelector(`[data-view="${name}"]`).focus();
  });
  const unlisten = listen(model, ["names", "selected"], () => {
    const had = root.contains(document.activeElement);
    build();
    if (had) root.querySelector("[aria-selected=true]")?.focus();
  });
  // where nobody has the keyboard: not a control of ours, nor what somebody types into
  const free = () => !document.activeElement?.closest(".wb, .cm-editor, input, textarea, select");
  const focus = (content) => content.focus && [50, 300, 1000].forEach((soon) => setTimeout(() => {
    if (free()) root.querySelector("[aria-selected=true]")?.focus();
  }, soon));
  model.on("msg:custom", focus);
  build();
  return () => { unlisten(); model.off("msg:custom", focus); };
}
export default { render: dressed(render) };
