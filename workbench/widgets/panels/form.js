const OTHER = "\u0000other";

function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const identity = "wb-f" + Math.random().toString(36).slice(2, 8);
  const front = make("div", { class: "wb-form" }), rest = make("div", { class: "wb-form" });
  const summary = make("summary", { class: "wb-note" });
  const more = make("details", { class: "wb-more" }, summary, rest);
  const root = make("form", { class: "wb", onsubmit: (event) => event.preventDefault() }, front, more);
  el.replaceChildren(root);
  const parts = {}, sent = {}; // sent: what was typed and not yet answered

  function put(name, value) { // one field a message: two quick edits never undo each other
    if ((sent[name] ?? model.get("values")[name]) === value) return;
    sent[name] = value;
    model.send({ set: name, value });
  }

  function options(box, choices) {
    box.replaceChildren(...choices.map(([value, text]) => make("option", { value, text })));
  }

  function control(field, id) {
    const common = { id, class: "wb-input", "aria-describedby": id + "-note", "data-field": field.name };
    if (field.kind === "bool") {
      const box = make("input", { ...common, type: "checkbox", class: "", onchange: () => put(field.name, box.checked ? "true" : "false") });
      return { node: box, set: (v) => { box.checked = v === "true"; } };
    }
    if (field.kind === "choice" || field.kind === "combo") {
      const list = make("select", { ...common });
      const other = make("input", { class: "wb-input", type: "text", spellcheck: "false", "data-other": field.name, "aria-label": field.label,
        placeholder: say("other_hint"), onchange: () => { if (other.value.trim()) put(field.name, other.value.trim()); } });
      const choices = () => model.get("offers")[field.name] || field.choices || [];
      const offer = () => options(list, field.kind === "combo" ? [...choices(), [OTHER, say("other")]] : choices());
      offer();
      list.addEventListener("change", () => {
        other.hidden = list.value !== OTHER;
        if (other.hidden) put(field.name, list.value);
        else other.focus();
      });
      const set = (v) => {
        if (choices().some(([c]) => c === v)) { list.value = v; other.hidden = true; }
        else if (field.kind === "combo") {
          list.value = OTHER;
          if (document.activeElement !== other) other.value = v;
          other.hidden = false;
        }
        else { // a value that Python set, such as a list of weights
          options(list, [...choices(), [v, v]]);
          list.value = v;
          other.hidden = true;
        }
      };
      return { node: field.kind === "combo" ? make("div", { class: "wb-pair" }, list, other) : list, set, main: list, offer };
    }
    const column = field.kind === "column";
    const box = make("input", { ...common, type: "text", spellcheck: "false", autocomplete: "off",
      inputmode: field.kind === "number" ? "decimal" : null, list: column ? identity + "-columns" : null,
      placeholder: field.empty || null, oninput: () => later(field.name, box), onchange: () => put(field.name, box.value) });
    const unit = field.unit ? [make("i", { text: field.unit, "aria-hidden": "true" })] : [];
    return { node: make("span", { class: "wb-field" }, box, ...unit), main: box,
      set: (v) => { if (document.activeElement !== box) box.value = v; } };
  }

  const timers = {};
  function later(name, box) { // marks a wrong value while it is typed
    clearTimeout(timers[name]);
    timers[name] = setTimeout(() => put(name, box.value), 400);
  }

  const known = make("datalist", { id: identity + "-columns" });
  function build() {
    for (const field of model.get("fields")) {
      const id = identity + "-" + field.name;
      const made = control(field, id);
      const note = make("p", { id: id + "-note", class: "wb-fieldnote", dir: "auto" }), ask = make("p", { class: "wb-fieldnote wb-ask", dir: "auto", role: "status" });
      const label = make("label", { for: id, text: field.label, title: field.hint }), cell = make("div", {}, made.node, note, ask);
      (field.front ? front : rest).append(label, cell);
      parts[field.name] = { ...made, note, ask, whole: [label, cell], main: made.main || made.node };
    }
    root.append(known);
    show();
  }

  /** What is allowed and hardly meant: the sentence, the usual value and "keep it", at the field. */
  function question(name, part, asked) {
    const said = asked ? asked[0] : "";
    if (part.asked === said) return;
    const inside = part.ask.contains(document.activeElement);
    part.asked = said;
    const button = (press, text, message) => make("button", { class: "wb-link", type: "button", "data-ask": press, text, onclick: () => model.send(message) });
    part.ask.replaceChildren(...(asked ? ["⚠ " + said + " ", button("usual", asked[2], { usual: name }), " ", button("keep", say("keep"), { keep: name })] : []));
    if (inside) part.main.focus();
  }

  function show() {
    const [values, errors, facts, asked, moved, followed] = ["values", "errors", "facts", "questions", "moved", "followed"].map((n) => model.get(n));
    const hidden = new Set(model.get("hidden"));
    let wrong = 0;
    for (const field of model.get("fields")) {
      const part = parts[field.name];
      const value = String(values[field.name] ?? "");
      if (sent[field.name] === value) delete sent[field.name];
      part.set(sent[field.name] ?? value);
      for (const node of part.whole) node.style.display = hidden.has(field.name) ? "none" : "";
      question(field.name, part, asked[field.name]);
      const error = errors[field.name];
      if (part.main.tagName === "INPUT" && part.main.type === "text") part.main.placeholder = followed[field.name] || field.empty || "";
      part.note.textContent = error ? "✕ " + error : [field.gists?.[value], moved[field.name], facts[field.name]].filter(Boolean).join(" ");
      part.note.classList.toggle("wb-bad", Boolean(error));
      part.main.setAttribute("aria-invalid", String(Boolean(error)));
      if ((error || asked[field.name]) && !field.front) wrong += 1;
    }
    if (wrong) more.open = true;
    summary.textContent = say("more");
    known.replaceChildren(...model.get("columns").map((c) => make("option", { value: c })));
    root.dataset.errors = Object.keys(errors).length;
  }
  function offer() {
    for (const part of Object.values(parts)) part.offer?.();
    show();
  }
  build();
  const stops = [listen(model, ["values", "errors", "questions", "facts", "moved", "followed", "columns", "hidden"], show), listen(model, ["offers"], offer)];
  return () => stops.forEach((stop) => stop());
}
export default { render: dressed(render) };
