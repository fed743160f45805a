const MOST = 12; // classes shown before the rest is folded

function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const facts = make("p", { class: "wb-h", dir: "auto", role: "status", "aria-live": "polite" });
  const labels = make("div"), lengths = make("div"), notes = make("div");
  const root = make("div", { class: "wb" }, facts, make("div", { class: "wb-two" }, labels, lengths), notes);
  el.replaceChildren(root);
  let all = false;

  function drawLabels() {
    const rows = model.get("labels"), most = Math.max(1, ...rows.map(([, n]) => n));
    const total = rows.reduce((sum, [, n]) => sum + n, 0);
    if (!rows.length) return labels.replaceChildren();
    const body = make("tbody");
    const order = rows.length > MOST ? [...rows].sort((a, b) => b[1] - a[1]) : rows;
    for (const [name, n] of all ? order : order.slice(0, MOST)) {
      const bar = make("i");
      bar.style.width = (n / most) * 100 + "%";
      body.append(make("tr", {}, make("td", { dir: "auto", class: "wb-name", title: name.slice(0, 200), text: name.slice(0, 80) }),
        make("td", { style: "width:45%" }, make("div", { class: "wb-bar", "aria-hidden": "true" }, bar)),
        make("td", { class: "wb-n", text: n.toLocaleString("en-US") }),
        make("td", { class: "wb-n", text: ((100 * n) / total).toFixed(1) + " %" })));
    }
    const fold = rows.length > MOST ? [make("button", { class: "wb-link", type: "button", text: say(all ? "fewer" : "more", { n: rows.length - MOST }), onclick: () => { all = !all; drawLabels(); } })] : [];
    labels.replaceChildren(make("p", { class: "wb-h", text: say("balance") }),
      make("table", { class: "wb-table wb-balance" }, make("caption", { class: "wb-hidden", text: say("balance") }), body), ...fold);
  }

  const holder = make("div", { class: "wb-scroll" });
  const toggle = tableToggle(model, holder, () => table(say("lengths"), [say("tokens"), say("texts")],
    model.get("bins").map(([from, to, n]) => [from === to ? String(from) : from + "–" + to, n])));

  function drawLengths() {
    const bins = model.get("bins"), limit = model.get("max_length"), cut = model.get("cut");
    if (!bins.length) return lengths.replaceChildren();
    const most = Math.max(1, ...bins.map(([, , n]) => n)), width = bins[0][1] - bins[0][0] + 1, end = width * bins.length;
    const chart = make("div", { class: "wb-hist", role: "img", "aria-label": say("lengths_label", { limit, cut: ((cut || 0) * 100).toFixed(1) }) });
    for (const [from, to, n] of bins) {
      const bar = make("i", { title: say("bin", { from, to, n }), class: from > limit ? "wb-over" : "" });
      bar.style.height = n ? Math.max(1.5, (n / most) * 100) + "%" : "0";
      chart.append(bar);
    }
    if (limit < end) {
      const line = make("b");
      line.style.left = (limit / end) * 100 + "%";
      chart.append(line);
    }
    lengths.replaceChildren(
      make("div", { class: "wb-row" }, make("span", { class: "wb-h", style: "margin:0", text: say("lengths") }), toggle.button), chart,
      make("div", { class: "wb-axis" }, make("span", { text: "0" }), make("span", { text: say("end", { n: bins[bins.length - 1][1] }) })),
      make("p", { class: "wb-note", text: cut ? say("cuts", { limit, share: (cut * 100).toFixed(1) }) : say("cuts_none", { limit }) }), holder);
    toggle.refresh();
  }

  function show() {
    const busy = model.get("busy");
    facts.textContent = busy || model.get("facts").join(" · ");
    root.setAttribute("aria-busy", String(Boolean(busy)));
    root.dataset.ready = String(!busy && model.get("facts").length > 0);
    notes.replaceChildren(...model.get("notes").map((text) => make("p", { class: "wb-note", dir: "auto", text })));
    drawLabels();
    drawLengths();
  }
  const redraw = batched(show);
  const unlisten = listen(model, ["facts", "notes", "labels", "bins", "max_length", "cut", "busy"], redraw);
  show();
  return unlisten;
}
export default { render: dressed(render) };
