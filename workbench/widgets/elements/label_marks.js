function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const body = make("tbody");
  const root = make("div", { class: "wb wb-marks" }, make("div", { class: "wb-h", text: say("text_labels") }),
    make("table", { class: "wb-table" }, make("caption", { class: "wb-hidden", text: say("text_labels") }),
      make("thead", {}, make("tr", {}, ...["name", "bar", "score", "threshold", "mark"].map((key) =>
        make("th", { scope: "col", class: key === "score" || key === "threshold" ? "wb-n" : "", text: key === "bar" ? "" : say(key) })))), body),
    make("p", { class: "wb-note", text: say("key") }));
  el.replaceChildren(root);

  function draw() {
    const rows = model.get("rows");
    root.hidden = !rows.length;
    root.dataset.rows = rows.length;
    body.replaceChildren(...rows.map(([name, score, threshold, mark]) => {
      const bar = make("i"), tick = make("b");
      bar.style.width = score * 100 + "%";
      tick.style.left = (threshold ?? 0) * 100 + "%";
      tick.hidden = threshold === null;
      const kind = { right: "wb-tag wb-right", missed: "wb-tag wb-wrong wb-missed", invented: "wb-tag wb-wrong", given: "wb-tag wb-is-given" }[mark];
      return make("tr", { "data-mark": mark },
        make("td", { dir: "auto", title: name.slice(0, 200), text: name.slice(0, 80) }),
        make("td", { class: "wb-bar-cell" }, make("div", { class: "wb-interval wb-limit", "aria-hidden": "true" }, bar, tick)),
        make("td", { class: "wb-n", text: score.toFixed(3) }),
        make("td", { class: "wb-n", text: threshold === null ? "–" : threshold.toFixed(3) }),
        make("td", {}, mark === "left" ? make("span", { class: "wb-note", text: say("left") }) : make("span", { class: kind, text: say(mark) })));
    }));
  }
  const stop = listen(model, ["rows"], batched(draw));
  draw();
  return () => stop();
}
export default { render: dressed(render) };
