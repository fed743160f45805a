function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const title = make("p", { class: "wb-h", dir: "auto" }), note = make("p", { class: "wb-note", dir: "auto" });
  const head = make("tr"), body = make("tbody");
  const table = make("table", { class: "wb-table" }, make("caption", { class: "wb-hidden", text: say("caption") }), make("thead", {}, head), body);
  const root = make("div", { class: "wb wb-sheet" }, title, make("div", { class: "wb-scroll" }, table), note);
  el.replaceChildren(root);

  const refocus = keepFocus(root, ["data-row"], () => body.firstChild);
  function choose(row) {
    if (!model.get("choosable")) return;
    model.set("selected", model.get("selected") === row ? -1 : row);
    model.save_changes();
  }
  function build() {
    const rows = model.get("rows");
    const decimals = model.get("decimals"); // very small and very large values in their own form
    const number = (v, i) => (v !== 0 && (Math.abs(v) < 0.0005 || Math.abs(v) >= 1e7)) ? short(v)
      : v.toLocaleString("en-US", { minimumFractionDigits: decimals[i], maximumFractionDigits: decimals[i] }).replace(/^-0(\.0+)?$/, "0$1").replace("-", "−");
    const numeric = model.get("columns").map((_, i) => rows.some((row) => typeof row[i] === "number"));
    title.textContent = model.get("heading");
    title.hidden = !title.textContent;
    note.textContent = model.get("note");
    head.replaceChildren(...model.get("columns").map((name, i) => make("th", { scope: "col", class: numeric[i] ? "wb-n" : "", text: name })));
    body.replaceChildren(...rows.map((row, i) => {
      const line = make("tr", { "data-row": i, tabindex: model.get("choosable") ? (i ? "-1" : "0") : null },
        ...row.map((cell, k) => make("td", { class: numeric[k] ? "wb-n" : "", dir: "auto", title: String(cell ?? "").slice(0, 400),
          text: cell === null ? "–" : typeof cell === "number" ? number(cell, k) : "" }, ...(typeof cell === "string" ? [make("div", { text: cell.slice(0, 400) })] : []))));
      line.addEventListener("click", () => choose(i));
      return line;
    }));
    root.classList.toggle("wb-choosable", model.get("choosable"));
    root.dataset.rows = rows.length;
    table.hidden = !rows.length; // titles above nothing say nothing
    mark();
    refocus();
  }
  function mark() {
    for (const line of body.children) {
      const mine = Number(line.dataset.row) === model.get("selected");
      line.classList.toggle("wb-chosen", mine);
      line.setAttribute("aria-selected", String(mine));
    }
  }
  walkLines(body, (_, at) => choose(at));
  const rebuild = batched(build);
  const stops = [listen(model, ["rows", "decimals", "columns", "heading", "note", "choosable"], rebuild), listen(model, ["selected"], mark)];
  build();
  return () => stops.forEach((stop) => stop());
}
export default { render: dressed(render) };
