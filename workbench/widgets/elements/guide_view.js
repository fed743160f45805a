function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const list = make("ol", { class: "wb-steps-list" }), told = make("p", { class: "wb-note", role: "status", dir: "auto" });
  const root = make("details", { class: "wb wb-guide", open: true }, make("summary", { class: "wb-h" }), list, told);
  el.replaceChildren(root);
  const refocus = keepFocus(root, ["data-take"]);

  function draw() {
    const rows = model.get("rows");
    root.hidden = !rows.length && !model.get("told");
    root.dataset.rows = rows.length;
    root.querySelector("summary").textContent = say("title", { n: rows.length });
    list.replaceChildren(...rows.map(([finding, evidence, advice], i) => make("li", {},
      make("span", { dir: "auto", text: finding + " " }), make("span", { class: "wb-note", dir: "auto", text: evidence + " " }),
      make("span", { dir: "auto", text: advice + " " }),
      make("button", { class: "wb-link", type: "button", "data-take": i, text: say("take"), "aria-label": say("take") + ": " + advice, onclick: () => model.send({ take: i, row: rows[i] }) }))));
    told.textContent = model.get("told");
    told.hidden = !told.textContent;
    refocus();
  }
  const stop = listen(model, ["rows", "told"], batched(draw));
  draw();
  return () => stop();
}
export default { render: dressed(render) };
