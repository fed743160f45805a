function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const body = make("tbody");
  const ways = make("div", { class: "wb-row", role: "group", "aria-label": say("by") });
  const head = make("tr", {}, ...[say("group"), say("exact"), say("interval"), say("f1"), say("questions")].map((text, i) => {
    const th = make("th", { scope: "col", class: i ? "wb-n" : "", text });
    if (i === 1) { th.colSpan = 2; th.className = ""; }
    return th;
  }));
  const root = make("div", { class: "wb wb-groups wb-scroll" }, make("div", { class: "wb-h", text: say("groups") }), ways,
    make("table", { class: "wb-table" }, make("caption", { class: "wb-hidden", text: say("groups") }), make("thead", {}, head), body));
  el.replaceChildren(root);
  const two = (v) => v.toFixed(2);
  const refocus = keepFocus(root, ["data-by", "data-group"], () => body.firstChild);
  function set(name, value) {
    model.set(name, value);
    model.save_changes();
  }
  const choose = (name) => set("selected", model.get("selected") === name ? "" : name);

  function build() {
    ways.replaceChildren(...model.get("ways").map(([name, text]) => make("button", { type: "button", class: "wb-link", text, "data-by": name,
      "aria-pressed": String(model.get("by") === name), onclick: () => set("by", name) })));
    body.replaceChildren(...model.get("rows").map(([name, shown, questions, exact, low, high, f1], i) => {
      const bar = make("i"), whisker = make("b");
      bar.style.width = exact * 100 + "%";
      whisker.style.left = low * 100 + "%";
      whisker.style.width = (high - low) * 100 + "%";
      const line = make("tr", { tabindex: i === 0 ? "0" : "-1", onclick: () => choose(name), "data-group": name,
        "aria-label": say("group_row", { name: shown, n: questions, exact: two(exact), low: two(low), high: two(high), f1: two(f1) }) },
        make("td", { text: shown }),
        make("td", { style: "width:34%" }, make("div", { class: "wb-interval", "aria-hidden": "true" }, bar, whisker)),
        make("td", { class: "wb-n", text: two(exact) }), make("td", { class: "wb-n", text: two(low) + "–" + two(high) }),
        make("td", { class: "wb-n", text: two(f1) }), make("td", { class: "wb-n", text: questions.toLocaleString("en-US") }));
      line.wbName = name;
      return line;
    }));
    mark();
    refocus();
  }

  function mark() {
    for (const line of body.children) {
      const mine = line.wbName === model.get("selected");
      line.classList.toggle("wb-chosen", mine);
      line.setAttribute("aria-selected", String(mine));
    }
  }

  walkLines(body, (line) => choose(line.wbName));
  const stops = [listen(model, ["rows", "by", "ways"], build), listen(model, ["selected"], mark)];
  build();
  return () => stops.forEach((stop) => stop());
}
export default { render: dressed(render) };
