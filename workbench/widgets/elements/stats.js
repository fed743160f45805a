function render({ model, el }) {
  const list = make("dl", { class: "wb-stats", "aria-label": speak(model, "label") });
  const note = make("p", { class: "wb-note", dir: "auto" });
  el.replaceChildren(make("div", { class: "wb" }, list, note));
  const show = () => {
    list.replaceChildren(...model.get("figures").map(([value, name]) =>
      make("div", {}, make("dt", { text: name, dir: "auto" }), make("dd", { text: value }))));
    note.textContent = model.get("note");
    note.hidden = !note.textContent;
  };
  const unlisten = listen(model, ["figures", "note"], show);
  show();
  return unlisten;
}
export default { render: dressed(render) };
