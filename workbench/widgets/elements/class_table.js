function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const at = { class: 0, f1: 1, interval: 2, precision: 4, recall: 5, support: 6 };
  const body = make("tbody"), head = make("tr");
  const root = make("div", { class: "wb wb-classes wb-scroll" }, make("table", { class: "wb-table" },
    make("caption", { class: "wb-hidden", text: say("caption", { move: keySigns("lines", "previous", "next"), choose: keySigns("lines", "choose") }) }), make("thead", {}, head), body));
  el.replaceChildren(root);
  let by = "f1", up = true;
  const refocus = keepFocus(root, ["data-by", "data-class"], () => body.firstChild);

  const whole = (v) => (v === null ? "–" : Number.isInteger(v) ? v.toLocaleString("en-US") : v.toFixed(2));
  const two = (v) => (v === null ? "–" : v.toFixed(2));
  function choose(name) {
    model.set("selected", model.get("selected") === name ? "" : name);
    model.save_changes();
  }

  function build() {
    const more = model.get("more");
    more.forEach((title, i) => { at[title] = 7 + i; });
    const ends = more.length ? [] : ["interval"]; // else on pointing at F1: the bar shows them
    head.replaceChildren(...["class", "f1", ...ends, "precision", "recall", "support", ...more].map((name) => {
      const button = make("button", { type: "button", "data-by": name, style: "border:0;background:none;padding:0;font-weight:600",
        text: (more.includes(name) ? name : say(name)) + (name === by ? (up ? " ↑" : " ↓") : ""), onclick: () => { up = name === by ? !up : true; by = name; build(); } });
      const th = make("th", { scope: "col", class: at[name] > 1 ? "wb-n" : "", "aria-sort": name === by ? (up ? "ascending" : "descending") : "none" }, button);
      if (name === "f1") th.colSpan = 2;
      return th;
    }));
    const rows = [...model.get("rows")];
    rows.sort((a, b) => {
      const [x, y] = [a[at[by]], b[at[by]]];
      if (x === null || y === null) return (x === null) - (y === null);
      return (x < y ? -1 : x > y ? 1 : 0) * (up ? 1 : -1);
    });
    body.replaceChildren(...rows.map(([name, f1, low, high, precision, recall, support, ...others], i) => {
      const bar = make("i"), whisker = make("b"), between = low === null ? "–" : two(low) + "–" + two(high);
      bar.style.width = (f1 || 0) * 100 + "%";
      if (low !== null) {
        whisker.style.left = low * 100 + "%";
        whisker.style.width = (high - low) * 100 + "%";
      }
      const line = make("tr", { tabindex: i === 0 ? "0" : "-1", "data-class": name.slice(0, 200), onclick: () => choose(name), "aria-label":
        say("row", { name: name.slice(0, 80), f1: two(f1), low: two(low), high: two(high), support: support ?? 0 }) },
        make("td", { dir: "auto", title: name.slice(0, 200), text: name.slice(0, 80) }),
        make("td", { style: "width:28%" }, make("div", { class: "wb-interval", "aria-hidden": "true" }, bar, whisker)),
        make("td", { class: "wb-n", title: between, text: two(f1) }),
        ...ends.map(() => make("td", { class: "wb-n", text: between })),
        make("td", { class: "wb-n", text: two(precision) }), make("td", { class: "wb-n", text: two(recall) }),
        make("td", { class: "wb-n", text: (support ?? 0).toLocaleString("en-US") }),
        ...others.map((value) => make("td", { class: "wb-n", text: whole(value) })));
      line.wbName = name;
      return line;
    }));
    mark();
    refocus();
  }

  function mark() {
    for (const line of body.children) {
      const mine = line.wbName === model.get("selected") && line.wbName !== "";
      line.classList.toggle("wb-chosen", mine);
      line.setAttribute("aria-selected", String(mine));
    }
  }

  walkLines(body, (line) => choose(line.wbName));
  const stops = [listen(model, ["rows", "more"], batched(build)), listen(model, ["selected"], mark)];
  build();
  return () => stops.forEach((stop) => stop());
}
export default { render: dressed(render) };
