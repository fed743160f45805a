function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const title = make("span", { class: "wb-h", style: "margin:0", dir: "auto" });
  const count = make("span", { class: "wb-note", style: "margin:0", role: "status", "aria-live": "polite" });
  const search = make("input", { class: "wb-input", type: "search", placeholder: say("search"), "aria-label": say("search") });
  const regex = make("button", { class: "wb-link", type: "button", text: ".*", title: say("regex"), "aria-label": say("regex"),
    onclick: () => { model.set("regex", !model.get("regex")); model.save_changes(); } });
  const order = make("select", { class: "wb-input", "aria-label": say("order"), onchange: () => { model.set("order", order.value); model.save_changes(); } });
  const orders_of = { loss: say("by_loss"), margin: say("by_margin"), entropy: say("by_entropy") };
  const figures = { loss: 2, margin: 3, entropy: 2 };
  const fault = make("div", { class: "wb-note wb-fault", role: "alert" });
  const step = (by, key) => make("button", { class: "wb-link", type: "button", "data-turn": key, text: by < 0 ? "‹" : "›", "aria-label": say(key),
    onclick: () => turn(by) });
  const back = step(-1, "previous"), next = step(1, "next"), where = make("span", { class: "wb-note", style: "margin:0" });
  const body = make("tbody"), head = make("tr");
  const sheet = make("table", { class: "wb-table", role: "grid" }, make("caption", { class: "wb-hidden", text: say("caption", { move: keySigns("pages", "previous", "next"), choose: keySigns("pages", "choose") }) }),
    make("thead", {}, head), body);
  const root = make("div", { class: "wb wb-examples" },
    make("div", { class: "wb-row", style: "margin-bottom:4px" }, title, count, search, regex, order, make("span", { class: "wb-row wb-pager" }, back, where, next)), fault, sheet);
  el.replaceChildren(root);
  let typing = 0;
  const refocus = keepFocus(root, ["data-position", "data-turn"], () => body.querySelector("tr[tabindex]") || search);

  function turn(by) {
    model.set("page", Math.max(0, Math.min(model.get("pages") - 1, model.get("page") + by)));
    model.save_changes();
  }
  function choose(position) {
    model.set("selected", model.get("selected") === position ? -1 : position);
    model.save_changes();
  }

  // what is wrong the task decides; where it was not asked, texts that differ are
  function wrong(number, value, label) {
    const told = model.get("wrongs");
    return told.length ? told[number] : value !== label;
  }

  function cell(column, value, row, number) {
    if (column === "target") return make("td", { class: "wb-text" }, make("div", { dir: "auto", text: value }));
    if (column in figures) return make("td", { class: "wb-n", text: Number.isFinite(value) ? value.toFixed(figures[column]) : "–" });
    const label = row[3 + model.get("columns").indexOf("label")];
    const kind = !model.get("judged") || !model.get("columns").includes("prediction") ? "" : column === "label" ? " wb-right"
      : wrong(number, value, label) ? " wb-wrong" : " wb-right";
    // the sign beside the colour: a wrong prediction carries a cross
    const sign = kind === " wb-wrong" ? "✕ " : "";
    return make("td", {}, make("span", { class: "wb-tag" + kind, dir: "auto", title: value, text: sign + value }));
  }

  function fit() {
    const narrow = root.clientWidth > 0 && root.clientWidth < 620;  // a share would break short labels
    const widths = { target: "42%", label: narrow ? "88px" : "15%", prediction: narrow ? "104px" : "17%", loss: "60px", margin: "70px", entropy: "90px" };
    head.querySelectorAll("[data-column]").forEach((th) => (th.style.width = widths[th.dataset.column] ?? ""));
  }

  function build() {
    const columns = model.get("columns"), rows = model.get("rows");
    head.replaceChildren(make("th", { scope: "col", class: "wb-text", text: say("text") }),
      ...columns.map((c) => make("th", { scope: "col", class: c in figures ? "wb-n" : "", "data-column": c, text: say(c) })));
    fit();
    body.replaceChildren(...rows.map((row, i) => {
      const [position, text, pair, ...values] = row;
      const words = make("div", { dir: "auto", text });
      if (pair) words.append(make("br"), make("span", { class: "wb-note", dir: "auto", text: pair }));
      const line = make("tr", { "data-position": position, tabindex: i === 0 ? "0" : "-1" },
        make("td", { class: "wb-text" }, words), ...columns.map((c, k) => cell(c, values[k], row, i)));
      line.addEventListener("click", (event) => { if (!getSelection().toString() || event.detail < 2) choose(position); });
      return line;
    }));
    if (!rows.length) body.append(make("tr", {}, make("td", { colspan: columns.length + 1, class: "wb-note", text: say("none") })));
    title.textContent = model.get("heading");
    title.hidden = !title.textContent;
    count.textContent = model.get("searching") ? say("searching") : say("count", { n: model.get("total") });
    root.setAttribute("aria-busy", String(model.get("searching")));
    regex.setAttribute("aria-pressed", String(model.get("regex")));
    const orders = model.get("orders");
    order.hidden = orders.length < 2;
    order.replaceChildren(...orders.map((name) => make("option", { value: name, text: orders_of[name] })));
    order.value = model.get("order");
    fault.textContent = model.get("fault");
    fault.hidden = !fault.textContent;
    where.textContent = say("page", { page: model.get("page") + 1, pages: model.get("pages") });
    back.disabled = model.get("page") <= 0;
    next.disabled = model.get("page") >= model.get("pages") - 1;
    back.hidden = next.hidden = where.hidden = model.get("pages") < 2;
    search.hidden = regex.hidden = !model.get("searchable");
    if (document.activeElement !== search) search.value = model.get("query");
    root.dataset.total = model.get("total");
    mark();
    refocus();
  }

  function mark() {
    const selected = model.get("selected");
    for (const line of body.children) {
      const mine = Number(line.dataset.position) === selected && line.dataset.position !== undefined;
      line.classList.toggle("wb-chosen", mine);
      line.setAttribute("aria-selected", String(mine));
      const words = line.querySelector(".wb-text > div"); // the first: the text itself
      const row = model.get("rows").find((r) => String(r[0]) === line.dataset.position);
      if (words && row) words.firstChild ? (words.firstChild.nodeValue = mine && model.get("whole") ? model.get("whole") : row[1]) : null;
    }
  }

  walkLines(body, (line) => choose(Number(line.dataset.position)), "pages", (what) => { turn(what === "turn" ? 1 : -1); });
  [search, order].forEach((field) => field.addEventListener("keydown", (event) => event.stopPropagation()));
  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => { model.set("query", search.value); model.save_changes(); }, 150);
  });
  const rebuild = batched(build);
  const stops = [listen(model, ["rows", "columns", "heading", "total", "page", "pages", "query", "searchable", "regex", "fault", "searching", "orders", "order"], rebuild), listen(model, ["selected", "whole"], mark)];
  const resize = new ResizeObserver(fit);
  resize.observe(root);
  build();
  return () => { clearTimeout(typing); resize.disconnect(); stops.forEach((stop) => stop()); };
}
export default { render: dressed(render) };
