function render({ model, el }) {
  const heading = make("span", { class: "wb-h", style: "margin:0", role: "status", "aria-live": "polite" });
  const list = make("ul", { class: "wb-marks", "aria-label": speak(model, "label") });
  el.replaceChildren(make("div", { class: "wb wb-lesson" }, heading, list));
  const signs = { right: "✓", tried: "…", open: "" };
  const show = () => {
    heading.textContent = model.get("heading");
    list.replaceChildren(...model.get("marks").map(([number, state, told]) =>
      make("li", { class: "wb-mark", "data-state": state, title: told, "aria-label": told },
        make("span", { text: number }), make("span", { class: "wb-sign", "aria-hidden": "true", text: signs[state] || "" }))));
  };
  const stop = listen(model, ["heading", "marks"], batched(show));
  show();
  return stop;
}
export default { render: alone(render) };
