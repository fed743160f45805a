function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const title = make("span", { class: "wb-h", style: "margin:0" });
  const count = make("span", { class: "wb-note", style: "margin:0", role: "status", "aria-live": "polite" });
  const search = make("input", { class: "wb-input", type: "search", placeholder: say("search"), "aria-label": say("search") });
  const order = make("select", { class: "wb-input", "aria-label": say("order"), onchange: () => { model.set("order", order.value); model.save_changes(); } });
  const step = (by, key) => make("button", { class: "wb-link", type: "button", "data-turn": key, text: by < 0 ? "‹" : "›", "aria-label": say(key), onclick: () => turn(by) });
  const back = step(-1, "previous"), next = step(1, "next"), where = make("span", { class: "wb-note", style: "margin:0" });
  const head = make("tr"), body = make("tbody");
  const legend = make("p", { class: "wb-note wb-marks" });
  const root = make("div", { class: "wb wb-written" },
    make("div", { class: "wb-row", style: "margin-bottom:4px" }, title, count, search, make("label", { class: "wb-note", style: "margin:0" }, say("worst_by") + " ", order), make("span", { class: "wb-row wb-pager" }, back, where, next)),
    make("table", { class: "wb-table", role: "grid" }, make("caption", { class: "wb-hidden", text: say("caption", { move: keySigns("pages", "previous", "next"), choose: keySigns("pages", "choose") }) }), make("thead", {}, head), body), legend);
  el.replaceChildren(root);
  const refocus = keepFocus(root, ["data-place", "data-turn"], () => body.querySelector("tr[tabindex]") || search);
  let typing = 0;

  function turn(by) {
    model.set("page", Math.max(0, Math.min(model.get("pages") - 1, model.get("page") + by)));
    model.save_changes();
  }
  function choose(place) {
    model.set("selected", model.get("selected") === place ? -1 : place);
    model.save_changes();
  }
  const mark = (op, text) => make("mark", { class: "wb-diff", "data-op": op, title: say(op), text });
  const cell = (parts, key) => make("td", { "data-side": key, "data-name": say(key) }, make("div", { dir: "auto" }, ...parts.map(([text, op]) => (op ? mark(op, text) : document.createTextNode(text))),
    ...(parts.length ? [] : [make("span", { class: "wb-note", text: say("empty") })])));

  function build() {
    const known = model.get("has_reference"), name = (model.get("orders").find(([key]) => key === model.get("order")) || ["", ""])[1];
    const sides = known ? ["source", "reference", "output"] : ["source", "output"];
    head.replaceChildren(...sides.map((key) => make("th", { scope: "col", text: say(key) })), make("th", { scope: "col", class: "wb-n", text: name }));
    body.replaceChildren(...model.get("rows").map(([place, source, reference, output, value], i) => {
      const texts = known ? [[source, "source"], [reference, "reference"], [output, "output"]] : [[source, "source"], [output, "output"]];
      const line = make("tr", { "data-place": place, tabindex: i === 0 ? "0" : "-1" }, ...texts.map(([parts, key]) => cell(parts, key)),
        make("td", { class: "wb-n", text: value === null ? "–" : short(value) }));
      line.addEventListener("click", () => { if (!getSelection().toString()) choose(place); });
      return line;
    }));
    if (!model.get("rows").length) body.append(make("tr", {}, make("td", { colspan: sides.length + 1, class: "wb-note", text: say("none") })));
    const seen = new Set(model.get("rows").flatMap((row) => row.slice(1, 4).flat().map(([, op]) => op)).filter(Boolean));
    legend.replaceChildren(...["replaced", "similar", "missing", "added", "invented", "unsure", "lost"].filter((op) => seen.has(op)).map((op) => make("span", {}, mark(op, say("word")), " " + say(op))));
    title.textContent = model.get("heading");
    count.textContent = say("count", { n: model.get("total") });
    order.replaceChildren(...model.get("orders").map(([key, text]) => make("option", { value: key, text })));
    order.value = model.get("order");
    where.textContent = say("page", { page: model.get("page") + 1, pages: model.get("pages") });
    back.disabled = model.get("page") <= 0;
    next.disabled = model.get("page") >= model.get("pages") - 1;
    back.hidden = next.hidden = where.hidden = model.get("pages") < 2;
    if (document.activeElement !== search) search.value = model.get("query");
    root.dataset.total = model.get("total");
    chosen();
    refocus();
  }
  function chosen() {
    for (const line of body.children) {
      const mine = line.dataset.place !== undefined && Number(line.dataset.place) === model.get("selected");
      line.classList.toggle("wb-chosen", mine);
      line.setAttribute("aria-selected", String(mine));
    }
  }

  walkLines(body, (line) => choose(Number(line.dataset.place)), "pages", (what) => { turn(what === "turn" ? 1 : -1); });
  [search, order].forEach((field) => field.addEventListener("keydown", (event) => event.stopPropagation()));
  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => { model.set("query", search.value); model.save_changes(); }, 150);
  });
  const stops = [listen(model, ["rows", "orders", "order", "heading", "total", "page", "pages", "query", "has_reference"], batched(build)), listen(model, ["selected"], chosen)];
  build();
  return () => { clearTimeout(typing); stops.forEach((stop) => stop()); };
}
export default { render: dressed(render) };
