/** What all parts of the panel share: its words, what it asks the kernel for, its small controls. */
function chatOf(model) {
  const say = (key, values) => speak(model, key, values);
  const send = (name, values = {}) => { try { model.send({ do: name, ...values }); } catch { /* no kernel: said below */ } };
  const button = (at, text, onclick, about = {}) => make("button", { class: "wb-link", type: "button", "data-at": at, text, onclick, ...about });
  /** Which of several is shown, with a step to its neighbours; nothing where there is one. */
  const pager = (at, place, count, step, earlier, later) => count < 2 ? [] : [make("span", { class: "wb-chat-pager" },
    button(at + "-earlier", "‹", () => step(-1), { "aria-label": earlier, title: earlier }),
    make("span", { class: "wb-n", text: `${place}/${count}` }),
    button(at + "-later", "›", () => step(1), { "aria-label": later, title: later }))];
  return { model, say, send, button, pager, editing: null, unfolded: new Set() };
}

function render({ model, el }) {
  const chat = chatOf(model), { say, send, button, pager } = chat;
  const names = make("div", { class: "wb-chat-names" }), rows = make("div", { class: "wb-row" });
  const turns = make("div", { class: "wb-chat-turns", role: "group", "aria-label": say("turns") });
  const notes = make("div"), status = make("p", { class: "wb-note wb-chat-status", role: "status", "aria-live": "polite" });
  const asking = askingOf(chat), paper = make("div", { class: "wb-code wb-chat-paper", hidden: true });
  const root = make("div", { class: "wb wb-chat" }, make("div", { class: "wb-row wb-chat-head" }, names, rows), notes, turns, status, asking.root, paper);
  el.replaceChildren(root);
  const refocus = keepFocus(root, ["data-at", "data-name", "data-token"], () => asking.box);
  chat.redraw = () => { show(); };
  let wrote = false; // a screen reader hears that it is over

  function showHead() {
    const who = model.get("names"), all = model.get("turns"), shuffled = all.some((turn) => turn.blind);
    const blind = model.get("blind") || all.some((turn) => turn.hidden);
    names.replaceChildren(...(blind ? [make("span", { class: "wb-chip", text: say("blind") })]
      : who.map((name, i) => make("span", { class: "wb-chip", dir: "auto", title: name }, ...(who.length > 1 && !shuffled ? [make("b", { text: "AB"[i] })] : []), name))));
    const [row, count] = model.get("row"), [place, talks] = model.get("place"), parts = [];
    if (count) {
      const field = make("input", { class: "wb-input", type: "number", min: "0", max: String(count - 1), value: String(row ?? 0), "data-at": "row", "aria-label": say("row") });
      const open = () => send("open_row", { row: Math.trunc(Number(field.value)) });
      field.addEventListener("keydown", (event) => { if (does("field", event) === "send") { event.stopPropagation(); open(); } });
      parts.push(make("label", { class: "wb-note" }, say("row") + " ", field, " " + say("of", { n: count })), button("open", say("open"), open, { disabled: model.get("writing") }));
    }
    parts.push(button("begin", say("begin"), () => send("begin"), { disabled: model.get("writing") }));
    parts.push(...pager("talk", place || "–", talks, (by) => send("conversation", { by }), say("earlier_talk"), say("later_talk")));
    rows.replaceChildren(...parts);
    notes.replaceChildren(...model.get("notes").map((text) => make("p", { class: "wb-note", dir: "auto", text })));
  }
  function show() {
    showHead();
    const all = model.get("turns"), detail = model.get("detail");
    const read = new Map([...turns.querySelectorAll("[data-text]")].map((text) => [text.dataset.text, text.scrollTop]));
    turns.replaceChildren(...(all.length ? all.map((turn) => turnOf(chat, turn, detail.turn === turn.number ? detail : null))
      : [make("p", { class: "wb-note", text: say(model.get("way") + "_empty") })]));
    for (const text of turns.querySelectorAll("[data-text]")) if (read.get(text.dataset.text)) text.scrollTop = read.get(text.dataset.text);
    grow();
    asking.show();
    refocus();
  }
  /** The texts that grow, followed where their end is in sight: nothing else of the page is touched. */
  function grow() {
    const live = model.get("live");
    for (const place of turns.querySelectorAll("[data-live]")) {
      const text = live[place.dataset.live];
      if (text === undefined || place.textContent === text) continue;
      const follows = place.scrollHeight - place.scrollTop - place.clientHeight < 30;
      place.textContent = text;
      if (follows) place.scrollTop = place.scrollHeight;
    }
    const writing = model.get("writing");
    wrote = wrote || writing;
    status.textContent = model.get("status") || (writing ? say("writes") : wrote ? say("wrote") : "");
  }
  function showPaper() {
    const { kind, text } = model.get("paper");
    paper.hidden = !kind;
    if (!kind) return paper.replaceChildren();
    const pre = make("pre", { tabindex: "0", text });
    const copied = button("copy", say("copy"), async () => {
      try { await navigator.clipboard.writeText(text); copied.textContent = say("copied_it"); } catch { getSelection().selectAllChildren(pre); }
    });
    paper.replaceChildren(make("div", { class: "wb-row" }, make("span", { class: "wb-note wb-grow", text: say(kind + "_note") }), copied), pre);
    refocus();
  }
  const stops = [
    listen(model, ["turns", "detail", "names", "blind", "row", "place", "notes", "writing", "way"], batched(show)),
    listen(model, ["live", "status"], batched(grow)),
    listen(model, ["settings", "kinds", "blind"], batched(() => { asking.settings(); refocus(); })),
    listen(model, ["paper"], batched(() => { showPaper(); asking.show(); })),
  ];
  asking.settings();
  show();
  showPaper();
  return () => stops.forEach((stop) => stop());
}
export default { render: alone(render) };
