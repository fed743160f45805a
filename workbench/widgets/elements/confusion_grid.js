function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const root = make("div", { class: "wb" }), holder = make("div", { class: "wb-confusion" });
  const note = make("p", { class: "wb-note" });
  const names_of = { counts: say("by_counts"), label: say("by_label"), prediction: say("by_prediction") };
  const told_of = { counts: "", label: say("per_cent_label"), prediction: say("per_cent_prediction") };
  const modes = Object.keys(names_of).map((mode) => make("button", { class: "wb-link", type: "button", "data-mode": mode, text: names_of[mode],
    onclick: () => { model.set("shown", mode); model.save_changes(); } }));
  const bar = make("div", { class: "wb-row", role: "group", "aria-label": say("modes"), style: "margin-bottom:4px" }, ...modes);
  root.append(bar, holder, note);
  el.replaceChildren(root);
  let buttons = [], focus = [0, 0];

  function choose(row, column) {
    const ids = model.get("ids"), chosen = [ids[row], ids[column]];
    const now = model.get("selected");
    const same = now.length && now[0] === chosen[0] && now[1] === chosen[1];
    model.set("selected", same ? [] : chosen);
    model.save_changes();
  }

  function move(to) {
    const k = buttons.length;
    buttons[focus[0]][focus[1]].tabIndex = -1;
    focus = to.map((v) => Math.max(0, Math.min(k - 1, v)));
    const button = buttons[focus[0]][focus[1]];
    button.tabIndex = 0;
    button.focus();
  }

  function written(n, whole, mode) { // a share as whole per cent; "<1" where it rounds to none
    if (!n) return "";
    if (mode === "counts") return n.toLocaleString("en-US");
    const share = (100 * n) / whole;
    return share < 0.5 ? "<1" : String(Math.round(share));
  }

  function build() {
    const names = model.get("names"), support = model.get("support"), predicted = model.get("predicted"), k = names.length, mode = model.get("shown");
    const counts = numbers(model.get("counts"), Int32Array);
    focus = focus.map((v) => Math.min(v, Math.max(0, k - 1)));
    const width = Math.max(26, Math.min(96, Math.floor(330 / Math.max(1, k)))), height = Math.min(41, width);
    const longest = Math.max(0, ...names.map((name) => [...name].length));
    const tilt = longest * 6.5 > width;
    const label = say("label", { move: keySigns("cells", "left", "right", "up", "down"), choose: keySigns("cells", "choose") });
    const t = make("table", { role: "grid", "aria-label": label });
    t.style.setProperty("--cell", width + "px");
    t.append(make("caption", { class: "wb-hidden", text: label }));
    t.append(make("thead", {}, make("tr", {}, make("td", { class: "wb-corner" }, make("span", { text: say("axis_prediction") + " →" }), make("span", { text: say("axis_label") + " ↓" })), ...names.map((name) =>
      make("th", { scope: "col", dir: "auto", title: name.slice(0, 200), class: tilt ? "wb-tilt" : "" },
        make("span", { text: name.slice(0, 60) }))))));
    const body = make("tbody");
    buttons = names.map((label, row) => names.map((prediction, column) => {
      const n = counts[row * k + column];
      const button = make("button", { type: "button", tabindex: row === focus[0] && column === focus[1] ? "0" : "-1",
        text: written(n, mode === "label" ? support[row] : predicted[column], mode), "data-cell": row + "." + column,
        "aria-label": say("cell", { label: label.slice(0, 60), prediction: prediction.slice(0, 60), n }),
        title: say("cell", { label: label.slice(0, 60), prediction: prediction.slice(0, 60), n }),
        onclick: () => { focus = [row, column]; choose(row, column); move([row, column]); } });
      button.style.height = height + "px";
      const whole = mode === "prediction" ? predicted[column] : support[row], share = whole ? n / whole : 0;
      const part = row === column ? 0.12 + 0.68 * share : Math.min(0.75, share * 2.5);
      button.style.background = n ? `color-mix(in srgb, var(--wb-${row === column ? "accent" : "bad"}) calc(var(--wb-depth) * ${Math.round(4 + part * 92)}%), transparent)`
        : "color-mix(in srgb, var(--wb-soft) 5%, transparent)";
      return button;
    }));
    names.forEach((name, row) => body.append(make("tr", {},
      make("th", { scope: "row", dir: "auto", title: name.slice(0, 200), text: name.slice(0, 60) }),
      ...buttons[row].map((button) => make("td", {}, button)))));
    t.append(body);
    onKeys(t, "cells", (what) => {
      const [row, column] = focus;
      const to = { up: [row - 1, column], down: [row + 1, column], left: [row, column - 1], right: [row, column + 1], first: [row, 0], last: [row, k - 1] }[what];
      if (!to) return false; // Enter presses the button that has the keyboard
      move(to);
    });
    holder.replaceChildren(...(k ? [t] : []));
    bar.hidden = !k;
    modes.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.mode === mode)));
    note.textContent = [told_of[mode], model.get("note")].filter(Boolean).join(" ");
    mark();
  }

  function mark() {
    const ids = model.get("ids"), [row, column] = model.get("selected");
    buttons.forEach((line, i) => line.forEach((button, j) =>
      button.setAttribute("aria-pressed", String(ids[i] === row && ids[j] === column))));
    root.dataset.selected = model.get("selected").join(".");
  }

  const rebuild = batched(build);
  const stops = [listen(model, ["counts", "names", "note", "support", "predicted", "shown"], rebuild), listen(model, ["selected"], mark)];
  build();
  return () => stops.forEach((stop) => stop());
}
export default { render: dressed(render) };
