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
  const chat = { model, say, send, button, pager, unfolded: new Set(), row: null, live: model.get("live") };
  chat.left = () => { chat.editing = chat.draft = chat.asked = null; };
  chat.left();
  return chat;
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
    const [row, count, split] = model.get("row"), [place, talks] = model.get("place"), parts = [];
    if (Number(chat.row) === row) chat.row = null; // it is open
    if (count) {
      const field = make("input", { class: "wb-input", type: "number", min: "0", max: String(count - 1), value: chat.row ?? String(row ?? 0), "data-at": "row", "aria-label": say(split + "_row") });
      const open = () => send("open_row", { row: Math.trunc(Number(field.value)) });
      field.addEventListener("input", () => (chat.row = field.value)); // kept while the page is drawn
      field.addEventListener("keydown", (event) => { if (does("field", event) === "send") { event.stopPropagation(); open(); } });
      parts.push(make("label", { class: "wb-note" }, say(split + "_row") + " ", field, " " + say("of", { n: count })), button("open", say("open"), open, { disabled: model.get("writing") }));
    }
    parts.push(button("begin", say("begin"), () => send("begin"), { disabled: model.get("writing") }));
    parts.push(...pager("talk", place || "–", talks, (by) => send("conversation", { by }), say("earlier_talk"), say("later_talk")));
    rows.replaceChildren(...parts);
    notes.replaceChildren(...model.get("notes").map((text) => make("p", { class: "wb-note", dir: "auto", text })));
  }
  function show() {
    showHead();
    const all = model.get("turns"), detail = model.get("detail");
    // what was written anew stays in its box until it stands among the turns: it may be refused
    if (chat.asked !== null && all.some((turn) => turn.number !== chat.editing && turn.branches.includes(chat.editing) && turn.asked === chat.asked)) chat.left();
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
    for (const place of turns.querySelectorAll("[data-live]")) {
      const text = chat.live[place.dataset.live];
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
  /** What is new of a text is put behind what there is; a page that lacks the rest asks for it. */
  function grown({ grown }) {
    if (!grown) return;
    const live = { ...chat.live };
    for (const [key, [kept, more]] of Object.entries(grown)) {
      if (!((live[key] ?? "").length < kept)) live[key] = (live[key] ?? "").slice(0, kept) + more;
      else if (!lacks) { lacks = true; send("whole"); }
    }
    chat.live = live;
    grow();
  }
  let lacks = false;
  model.on("msg:custom", grown);
  const stops = [() => model.off("msg:custom", grown),
    listen(model, ["turns", "detail", "names", "blind", "row", "place", "notes", "writing", "way"], batched(show)),
    listen(model, ["live"], () => { chat.live = model.get("live"); lacks = false; grow(); }),
    listen(model, ["status"], batched(grow)),
    listen(model, ["settings", "kinds", "blind"], batched(() => { asking.settings(); refocus(); })),
    listen(model, ["paper"], batched(() => { showPaper(); asking.show(); })),
  ];
  asking.settings();
  show();
  showPaper();
  return () => stops.forEach((stop) => stop());
}
export default { render: alone(render) };
