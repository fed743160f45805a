function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const progress = make("span", { class: "wb-h", style: "margin:0", role: "status", "aria-live": "polite" });
  const text = make("p", { class: "wb-quote", dir: "auto" }), why = make("p", { class: "wb-note", dir: "auto" });
  const choices = make("select", { class: "wb-input", "aria-label": say("other") });
  const send = (action, label) => model.send({ action, label: label || "" });
  const button = (action, kind) => make("button", { class: "wb-btn " + (kind || ""), type: "button", "data-action": action,
    text: say(action), title: say(action + "_key"), onclick: () => { send(action, action === "relabel" ? choices.value : ""); root.focus(); } });
  const buttons = ["accept", "relabel", "drop", "undo"].map((a) => button(a));
  const finish = button("recipe", "wb-primary"), find = button("find", "wb-primary");
  const saved = make("p", { class: "wb-note", dir: "auto", role: "status" });
  const root = make("div", { class: "wb wb-queue", tabindex: "0", role: "group", "aria-label": say("label") },
    make("div", { class: "wb-row" }, progress, make("span", { class: "wb-grow" }), find),
    text, why, make("div", { class: "wb-row" }, buttons[0], buttons[1], choices, buttons[2], buttons[3], make("span", { class: "wb-grow" }), finish),
    make("p", { class: "wb-note", text: say("keys") }), saved);
  el.replaceChildren(root);

  root.addEventListener("keydown", (event) => {
    if (event.target === choices || event.ctrlKey || event.metaKey || event.altKey) { event.stopPropagation(); return; }
    const action = { a: "accept", r: "relabel", d: "drop", u: "undo", Backspace: "undo" }[event.key];
    const number = Number(event.key);
    if (action) send(action, action === "relabel" ? choices.value : "");
    else if (number >= 1 && number <= model.get("labels").length) send("relabel", model.get("labels")[number - 1]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  function build() {
    const now = model.get("current"), busy = model.get("busy");
    progress.textContent = busy ? say("busy") : model.get("total") < 0 ? say("none") : say("progress", { done: model.get("decided"), n: model.get("total") });
    text.textContent = now.text || (model.get("total") >= 0 && !busy ? say("end") : "");
    why.textContent = now.text ? say("why", { label: now.label, suggestion: now.suggestion, reason: now.reason }) : "";
    choices.replaceChildren(...model.get("labels").map((name) => make("option", { value: name, text: name })));
    if (now.suggestion) choices.value = now.suggestion;
    for (const b of buttons.slice(0, 3)) b.disabled = !now.text || busy;
    buttons[3].disabled = !model.get("decided");
    finish.disabled = !model.get("decided");
    find.disabled = busy;
    saved.textContent = model.get("saved");
    root.dataset.total = model.get("total");
    root.dataset.decided = model.get("decided");
  }
  const unlisten = listen(model, ["current", "total", "decided", "labels", "busy", "saved"], batched(build));
  build();
  return unlisten;
}
export default { render: dressed(render) };
