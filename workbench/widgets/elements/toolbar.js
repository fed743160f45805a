function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const fields = new Map(), buttons = new Map();
  const status = make("span", { class: "wb-note", style: "margin:0", role: "status", "aria-live": "polite", dir: "auto" });
  const row = make("div", { class: "wb-row" });
  const root = make("div", { class: "wb wb-line" }, row);
  el.replaceChildren(root);

  // the button that ended what was done is gone: the next press is of the first one
  const refocus = keepFocus(root, ["data-field", "data-action"], (gone) => gone?.hidden ? [...buttons.values()].find((one) => !one.hidden && !one.disabled) : null);
  function send(action) {
    const values = {};
    fields.forEach((field, name) => (values[name] = field.value));
    model.send({ action, values });
  }
  function build() {
    fields.clear();
    buttons.clear();
    const [parts, actions] = [model.get("fields"), model.get("actions")];
    row.replaceChildren();
    for (const { name, label, choices, wide, value } of parts) {
      const field = choices
        ? make("select", { class: "wb-input", "data-field": name, "aria-label": label }, ...choices.map(([key, text]) => make("option", { value: key, text })))
        : make("input", { class: "wb-input", type: "text", "data-field": name, "aria-label": label, placeholder: label, dir: "auto" });
      if (wide) field.style.flex = "1 1 260px";
      field.value = value ?? (choices && choices.length ? choices[0][0] : "");
      field.addEventListener("keydown", (event) => {
        event.stopPropagation(); // the notebook's own keys
        if (does("field", event) === "send" && !choices && actions.length) { event.preventDefault(); send(actions[0].name); }
      });
      if (choices) field.addEventListener("change", () => send("change"));
      fields.set(name, field);
      row.append(choices ? make("label", { class: "wb-note", style: "margin:0" }, label + " ", field) : field);
    }
    for (const { name, label, busy } of actions) {
      const button = make("button", { class: "wb-btn", type: "button", "data-action": name, text: label, onclick: () => send(name) });
      button.ends = Boolean(busy); // what is being done: there is nothing to end before
      buttons.set(name, button);
      row.append(button);
    }
    row.append(status);
    show();
  }
  function show() {
    const busy = model.get("busy");
    buttons.forEach((button) => (button.ends ? (button.hidden = !busy) : (button.disabled = busy)));
    status.textContent = busy ? model.get("progress") || say("busy") : model.get("status");
    root.setAttribute("aria-busy", String(busy));
    refocus();
  }
  const stops = [listen(model, ["fields", "actions"], batched(build)), listen(model, ["busy", "status", "progress"], batched(show))];
  build();
  return () => stops.forEach((stop) => stop());
}
export default { render: dressed(render) };
