function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const line = (key) => make("textarea", { class: "wb-input", rows: "2", dir: "auto", "aria-label": say(key), placeholder: say(key) });
  const text = line("text"), pair = line("pair");
  const button = make("button", { class: "wb-btn", type: "button", "data-action": "ask", text: say("ask"), onclick: ask });
  const verdict = make("p", { class: "wb-verdict", role: "status", "aria-live": "polite" });
  const answer = make("p", { class: "wb-quote", dir: "auto", role: "status", "aria-live": "polite" });
  const note = make("p", { class: "wb-note", dir: "auto" });
  const body = make("tbody");
  const scores = make("table", { class: "wb-table wb-balance" }, make("caption", { class: "wb-hidden", text: say("scores") }), body);
  const root = make("div", { class: "wb wb-query" },
    make("div", { class: "wb-asking" }, text, pair, button), make("div", { class: "wb-answer" }, verdict, answer, note, scores));
  el.replaceChildren(root);
  const refocus = keepFocus(root, ["data-action"]);

  function ask() {
    if (!text.value.trim()) return text.focus();
    model.send({ ask: text.value, pair: model.get("has_pair") ? pair.value : "" });
  }
  for (const box of [text, pair]) box.addEventListener("keydown", (event) => {
    event.stopPropagation(); // Shift-Enter and Escape belong to the notebook, not to this line
    if (does("field", event) === "send" && !event.shiftKey) { event.preventDefault(); ask(); }
  });
  let pause = 0;
  for (const box of [text, pair]) box.addEventListener("input", () => {
    clearTimeout(pause);
    if (model.get("live") && text.value.trim()) pause = setTimeout(ask, 60);
  });

  function show() {
    if (document.activeElement !== text) text.value = model.get("text");
    if (document.activeElement !== pair) pair.value = model.get("pair");
    pair.hidden = !model.get("has_pair");
    for (const [box, key] of [[text, "text"], [pair, "pair"]]) {
      const words = say(["span", "tags", "text"].includes(model.get("kind")) ? key + "_" + model.get("kind") : key);
      box.placeholder = words;
      box.setAttribute("aria-label", words);
    }
    button.hidden = model.get("live");
    const busy = model.get("busy"), label = model.get("label"), prediction = model.get("prediction");
    button.disabled = busy;
    button.textContent = say(busy ? "busy" : "ask");
    root.setAttribute("aria-busy", String(busy));
    refocus();
    root.dataset.prediction = prediction;
    const tag = (name, kind) => make("span", { class: "wb-tag " + kind, dir: "auto", title: name.slice(0, 2000), text: (kind === "wb-wrong" ? "✕ " : "") + (name.length > 80 ? name.slice(0, 79) + "…" : name) });
    const parts = [], written = model.get("kind") === "text"; // of any length: it stands in full below
    if (prediction) parts.push(say("prediction") + " ", written ? "" : tag(prediction, !label || !model.get("judged") ? "" : label === prediction ? "wb-right" : "wb-wrong"));
    if ((prediction || (written && model.get("note"))) && label) parts.push("  " + say("label") + " ", tag(label, model.get("judged") ? "wb-right" : ""));
    verdict.replaceChildren(...parts);
    answer.hidden = !(written && prediction);
    answer.textContent = answer.hidden ? "" : prediction;
    note.textContent = model.get("note");
    note.hidden = !note.textContent;
    body.replaceChildren(...model.get("scores").map(([name, score]) => {
      const bar = make("i");
      bar.style.width = Math.max(0, Math.min(1, score)) * 100 + "%";
      return make("tr", {}, make("td", { class: "wb-name", dir: "auto", title: name.slice(0, 200), text: name.slice(0, 80) }),
        make("td", { style: "width:50%" }, make("div", { class: "wb-bar", "aria-hidden": "true" }, bar)),
        make("td", { class: "wb-n", text: score.toFixed(3) }));
    }));
  }
  const redraw = batched(show);
  const unlisten = listen(model, ["text", "pair", "has_pair", "label", "prediction", "scores", "note", "busy", "kind"], redraw);
  show();
  return unlisten;
}
export default { render: dressed(render) };
