function render({ model, el }) {
  const say = (key, values) => speak(model, key, values), get = (key) => model.get(key);
  const visible = (letter) => ({ " ": "␣", "\n": "⏎" })[letter] || letter;
  const told = make("p", { class: "wb-toy-told", dir: "auto", "aria-label": say("text") });
  const box = make("input", { class: "wb-input", type: "text", size: "3", autocomplete: "off", autocapitalize: "off", spellcheck: "false", "aria-label": say("guess") });
  const sure = make("input", { type: "range", min: "0.05", max: "0.95", step: "0.05", "aria-label": say("sure"),
    oninput: () => { model.set("sure", Number(sure.value)); model.save_changes(); } });
  const percent = make("output", { class: "wb-n" });
  const again = make("button", { class: "wb-link", type: "button", text: say("again"), onclick: () => { model.send({ restart: 1 }); box.focus(); } });
  const heading = make("p", { class: "wb-note", role: "status", "aria-live": "polite" });
  const fault = make("p", { class: "wb-fault", role: "alert" });
  const body = make("tbody");
  const head = ["came", "yours", "p_yours", "model", "p_model"].map((key) => make("th", { scope: "col", class: key.startsWith("p_") ? "wb-n" : "", text: say(key) }));
  el.replaceChildren(make("div", { class: "wb wb-toy" }, make("p", { class: "wb-h", text: say("aim") }), told,
    make("div", { class: "wb-row" }, make("label", { class: "wb-row" }, make("span", { text: say("guess") }), box),
      make("label", { class: "wb-row wb-toy-sure" }, make("span", { text: say("sure") }), sure, percent), again),
    fault, heading, make("table", { class: "wb-table" }, make("caption", { class: "wb-hidden", text: say("caption") }), make("thead", {}, make("tr", {}, ...head)), body)));
  function send(letter) {
    box.value = "";
    if (get("left")) model.send({ guess: letter, sure: get("sure") }); // a slider's last value may still be on its way
  }
  // a letter is a guess as soon as it stands there; one that is still being composed is none
  box.addEventListener("input", (event) => { if (!event.isComposing && box.value) send([...box.value].at(-1)); });
  box.addEventListener("compositionend", () => { if (box.value) send([...box.value].at(-1)); });
  box.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (does("field", event) === "send" && !event.isComposing) { event.preventDefault(); send("\n"); }
  });
  function show() {
    const text = get("told"), rounds = get("rounds"), last = rounds[0], left = get("left");
    const shown = text.slice(-400), cut = last ? shown.length - last[0].length : shown.length;
    told.replaceChildren(shown.slice(0, cut));
    if (last) told.append(make("b", { class: last[0] === last[1] ? "wb-hit" : "wb-miss", text: last[0] === "\n" ? "⏎\n" : last[0] }));
    told.append(make("span", { class: "wb-toy-next", text: left ? "?" : "" }));
    box.disabled = !left;
    sure.value = get("sure");
    percent.textContent = Math.round(100 * get("sure")) + " %";
    sure.setAttribute("aria-valuetext", percent.textContent);
    heading.textContent = get("heading") + " " + say("left", { n: left });
    fault.textContent = get("fault");
    fault.hidden = !get("fault");
    body.replaceChildren(...rounds.map(([came, guess, yours, choice, its]) => make("tr", {},
      ...[came, [guess, came], yours, [choice, came], its].map((cell) => typeof cell === "number"
        ? make("td", { class: "wb-n", text: cell.toFixed(3) })
        : make("td", { dir: "auto", text: Array.isArray(cell) ? visible(cell[0]) + (cell[0] === cell[1] ? " ✓" : "") : visible(cell) })))));
  }
  const stop = listen(model, ["told", "left", "rounds", "sure", "heading", "fault"], batched(show));
  show();
  return stop;
}
export default { render: alone(render) };
