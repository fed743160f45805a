function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const title = make("div", { class: "wb-h" }), note = make("p", { class: "wb-note" });
  const line = make("div", { class: "wb-tokens", dir: "auto", role: "group" });
  const detail = make("p", { class: "wb-note wb-detail", role: "status", "aria-live": "polite" });
  const root = make("div", { class: "wb wb-strip" }, title, line, detail, note);
  el.replaceChildren(root);
  const refocus = keepFocus(root, ["data-token"], () => line.querySelector("[tabindex='0']"));

  // What was last pointed at stays said, so that it can be read, copied, and outlives a drawing anew.
  let told = -1, drawn = "";
  const tell = (i) => { told = i; detail.textContent = i < 0 ? (model.get("hint") ? speak(model, model.get("hint"), { keys: keySigns("tabs", "previous", "next") }) : "") : model.get("details")[i] || ""; };
  function shade(token, value) {
    const size = Math.min(1, Math.abs(value)), colour = value < 0 ? "var(--wb-second)" : "var(--wb-accent)";
    token.style.background = size < 0.03 ? "none" : `color-mix(in srgb, ${colour} calc(var(--wb-depth) * ${Math.round(size * 70)}%), transparent)`;
    if (value < -0.03) token.dataset.against = "true";
  }
  function build() {
    const tokens = model.get("tokens"), shades = model.get("shades"), can = model.get("choosable");
    root.hidden = !tokens.length;
    title.textContent = model.get("heading");
    title.hidden = !title.textContent;
    note.textContent = model.get("note");
    note.hidden = !note.textContent;
    line.setAttribute("aria-label", model.get("heading") || say("tokens"));
    line.replaceChildren(...tokens.flatMap((text, i) => {
      const token = make(can ? "button" : "span", { class: "wb-token", "data-token": i, tabindex: i === 0 ? "0" : "-1", title: model.get("details")[i],
        text: text.replaceAll("\n", "↵") || "·", ...(can ? { type: "button", onclick: () => choose(i) } : {}) });
      token.addEventListener("mouseenter", () => tell(i));
      token.addEventListener("focus", () => tell(i));
      shade(token, shades[i]);
      if (i < model.get("read")) token.classList.add("wb-read");
      return text.includes("\n") ? [token, make("br")] : [token];
    }));
    root.dataset.tokens = tokens.length;
    const text = JSON.stringify(tokens);
    tell(text === drawn ? told : -1);
    drawn = text;
    chosen();
    refocus();
  }
  function choose(i) {
    model.set("selected", model.get("selected") === i ? -1 : i);
    model.save_changes();
  }
  function chosen() {
    for (const token of line.querySelectorAll(".wb-token")) {
      const mine = Number(token.dataset.token) === model.get("selected");
      token.classList.toggle("wb-picked", mine);
      if (model.get("choosable")) token.setAttribute("aria-pressed", String(mine));
    }
  }
  onKeys(line, "tabs", (what) => {
    const tokens = [...line.querySelectorAll(".wb-token")], at = tokens.indexOf(document.activeElement);
    const to = led(what, at, tokens.length);
    if (at < 0 || to === undefined) return false;
    tokens.forEach((token, i) => { token.tabIndex = i === to ? 0 : -1; });
    tokens[to].focus();
    return true;
  });
  const stops = [listen(model, ["tokens", "shades", "details", "heading", "note", "hint", "choosable", "read"], batched(build)), listen(model, ["selected"], chosen)];
  build();
  return () => stops.forEach((stop) => stop());
}
export default { render: dressed(render) };
