/** What is said next, how words are chosen, and the conversation as code and as JSON. */
function askingOf(chat) {
  const { model, say, send, button } = chat;
  const hint = say("keys", { send: keyNames("field", "send").join("/") });
  const box = make("textarea", { class: "wb-input", rows: 2, dir: "auto", "data-at": "box", title: hint });
  const go = make("button", { class: "wb-btn wb-primary", type: "button", "data-at": "send", onclick: ask });
  const halt = make("button", { class: "wb-btn", type: "button", "data-at": "stop", text: say("stop"), onclick: () => send("stop") });
  const behind = make("select", { class: "wb-input", "data-at": "behind", "aria-label": say("behind") },
    ...["", "A", "B"].map((side) => make("option", { value: side, text: side ? say("behind_side", { side }) : say("behind_own") })));
  const fields = make("div", { class: "wb-chat-fields", hidden: true });
  const open = button("settings", say("settings"), () => { fields.hidden = !fields.hidden; open.setAttribute("aria-expanded", String(!fields.hidden)); }, { "aria-expanded": "false" });
  const papers = ["code", "json"].map((kind) => button(kind, say(kind), () => send("paper", { kind: model.get("paper").kind === kind ? "" : kind })));
  let sent = null;

  function ask() {
    if (go.disabled) return;
    sent = box.value;
    const last = model.get("turns").at(-1);
    send("say", { text: box.value, behind: behind.hidden ? "" : behind.value, turn: last ? last.number : -1, answers: last ? last.sides.map((side) => side.place - 1) : [] });
  }
  box.addEventListener("keydown", (event) => {
    if (does("field", event) !== "send" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation(); // the notebook's own key
    if (!event.repeat) ask();
  });
  /** What can be pressed now; what was said is taken from the box once it stands among the turns. */
  function show() {
    const way = model.get("way"), turns = model.get("turns"), writing = model.get("writing");
    if (sent !== null && turns.at(-1)?.asked === sent) {
      if (box.value === sent) box.value = "";
      sent = null;
    }
    const label = say(way + "_box");
    box.placeholder = label;
    box.setAttribute("aria-label", label);
    go.textContent = say(way + "_send");
    go.disabled = writing;
    halt.hidden = !writing;
    behind.hidden = way === "text" || !turns.length || turns.at(-1).sides.length < 2;
    papers.forEach((one) => one.setAttribute("aria-pressed", String(model.get("paper").kind === one.dataset.at)));
  }
  function settings() {
    const { kind, fields: some = [], system = null } = model.get("settings"), change = (name) => (value) => send("set", { values: { [name]: value } });
    const row = make("div", { class: "wb-row" }, ...[["kind", say("kind"), kind, model.get("kinds")], ...some.map(([name, label, value]) => [name, label, value, []])]
      .map(([name, label, value, choices]) => make("label", { class: "wb-note" }, label + " ", namedField(name, label, value, choices, change(name)))));
    const parts = [row];
    const choice = (name, on, label) => {
      const box = make("input", { type: "checkbox", "data-at": name, onchange: () => change(name)(box.checked) });
      box.checked = on;
      row.append(make("label", { class: "wb-note" }, box, " " + say(label)));
    };
    if (model.get("names").length > 1) choice("blind", model.get("blind"), "blind_pairs");
    choice("rendered", Boolean(model.get("settings").rendered), "rendered");
    if (system !== null) {
      const said = make("textarea", { class: "wb-input", rows: 2, dir: "auto", "data-at": "system", "aria-label": say("system"), placeholder: say("system_usual"), onchange: () => change("system")(said.value) });
      said.value = system;
      parts.push(make("label", { class: "wb-note wb-chat-system" }, say("system"), said));
    }
    fields.replaceChildren(...parts, make("p", { class: "wb-note", text: say("from_now") }));
  }
  const root = make("div", { class: "wb-chat-asking" }, make("div", { class: "wb-chat-box" }, box, make("div", { class: "wb-chat-go" }, go, halt)),
    make("div", { class: "wb-row" }, behind, open, make("span", { class: "wb-note", text: hint }), make("span", { class: "wb-grow" }), ...papers), fields);
  return { root, box, show, settings };
}
