function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const keys = Object.fromEntries(["accept", "relabel", "name", "drop", "undo"].map((what) => [what, keyNames("queue", what)[0]]));
  const progress = make("span", { class: "wb-h", style: "margin:0", role: "status", "aria-live": "polite" });
  const text = make("p", { class: "wb-quote", dir: "auto" }), pair = make("p", { class: "wb-quote", dir: "auto" }), why = make("p", { class: "wb-note", dir: "auto" });
  const choices = make("select", { class: "wb-input", "aria-label": say("other"), onchange: () => name_them() });
  // a press is about the example that the page shows: a busy kernel may be past it
  const send = (action, label) => model.send({ action, label: label || "", decided: model.get("decided") });
  const button = (action, kind) => make("button", { class: "wb-btn " + (kind || ""), type: "button", "data-action": action, dir: "auto",
    text: action === "accept" || action === "relabel" ? "" : say(action), title: say(action + "_key", { key: keyNames("queue", action)[0] }), onclick: () => { send(action, action === "relabel" ? choices.value : ""); root.focus(); } });
  const [keep, change, drop, undo] = ["accept", "relabel", "drop", "undo"].map((a) => button(a));
  const finish = button("train", "wb-primary"), find = button("find", "wb-primary");
  const saved = make("p", { class: "wb-note", dir: "auto", role: "status" });
  const root = make("div", { class: "wb wb-queue", tabindex: "0", role: "group", "aria-label": say("label") },
    make("div", { class: "wb-row" }, progress, make("span", { class: "wb-grow" }), find),
    text, pair, why, make("div", { class: "wb-row" }, keep, change, make("label", { class: "wb-note", style: "margin:0" }, say("other") + " ", choices), drop, undo, make("span", { class: "wb-grow" }), finish),
    make("p", { class: "wb-note", text: say("keys", keys) }), saved);
  el.replaceChildren(root);

  choices.addEventListener("keydown", (event) => event.stopPropagation());
  onKeys(root, "queue", (what, event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) { event.stopPropagation(); return false; }
    if (what !== "name") send(what, what === "relabel" ? choices.value : "");
    else if (Number(event.key) > model.get("labels").length) return false;
    else send("relabel", model.get("labels")[Number(event.key) - 1]);
  });
  function name_them() {
    const now = model.get("current"), busy = model.get("busy") || model.get("training");
    keep.textContent = say("accept", { label: (now.label || "").slice(0, 40) });
    change.textContent = say("relabel", { label: choices.value.slice(0, 40) });
    change.disabled = !now.text || busy || choices.value === now.label;
  }
  function build() {
    const now = model.get("current"), training = model.get("training"), busy = model.get("busy") || training, total = model.get("total");
    const had = root.contains(document.activeElement);
    progress.textContent = model.get("busy") ? say("busy") : total < 0 ? say("none") : total === 0 ? say("nothing") : say("progress", { done: model.get("decided"), n: total });
    text.textContent = now.text || (total >= 0 && !busy ? (total ? say("end") : "") : "");
    pair.textContent = now.pair || "";
    why.textContent = now.text ? say("why", { label: now.label, suggestion: now.suggestion, reason: now.reason }) : "";
    choices.replaceChildren(...model.get("labels").map((name) => make("option", { value: name, text: name.slice(0, 80) })));
    if (now.suggestion) choices.value = now.suggestion;
    for (const b of [keep, drop]) b.disabled = !now.text || busy;
    for (const part of [keep, change, choices.parentNode, drop, undo]) part.hidden = total <= 0;
    undo.disabled = !model.get("decided") || busy;
    finish.hidden = total <= 0;
    finish.disabled = !model.get("corrected") || busy;
    find.disabled = busy;
    saved.textContent = model.get("saved");
    name_them();
    root.dataset.total = total;
    root.dataset.decided = model.get("decided");
    root.dataset.training = training;
    if (had && !root.contains(document.activeElement)) root.focus();
  }
  const unlisten = listen(model, ["current", "total", "decided", "corrected", "labels", "busy", "saved", "training"], batched(build));
  build();
  return unlisten;
}
export default { render: dressed(render) };
