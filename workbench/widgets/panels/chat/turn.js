/** A turn: what was asked, the true answer, what each side wrote, which of them is better. */
function turnOf(chat, turn, detail) {
  const { model, say, send } = chat, way = model.get("way");
  const before = turn.before.length ? [make("details", { class: "wb-chat-before", open: chat.unfolded.has(turn.number), ontoggle: ({ target }) => chat.unfolded[target.open ? "add" : "delete"](turn.number) }, make("summary", { "data-at": "before-" + turn.number, text: say("before", { n: turn.before.length }) }),
    ...turn.before.map(([who, text]) => make("p", { dir: "auto" }, make("b", { text: who + " " }), text)))] : [];
  const truth = turn.truth ? [make("div", { class: "wb-chat-truth" }, make("small", { text: say("truth") }), make("div", { class: "wb-chat-text", dir: "auto", text: turn.truth }))] : [];
  const sides = turn.sides.map((side) => sideOf(chat, turn, side));
  return make("section", { class: "wb-chat-turn", "data-turn": turn.number, "data-way": way, "aria-label": say("turn", { n: turn.number + 1 }) },
    ...before, askedOf(chat, turn), ...truth, make("div", { class: "wb-chat-sides", "data-sides": sides.length }, ...sides),
    ...rateOf(chat, turn), ...(detail ? [detailOf(chat, turn, detail)] : []));
}

/** What was asked, which can be written anew. */
function askedOf(chat, turn) {
  const { model, say, send, button, pager } = chat, n = turn.number, way = model.get("way");
  const head = [make("small", { text: say(way + "_asked") + (turn.row.length ? " · " + say(turn.row[0] + "_held_out", { row: turn.row[1] }) : "") })];
  if (turn.both_from) head.push(make("small", { text: say("both_from", { side: turn.both_from }) }));
  if (chat.editing === n) {
    const box = make("textarea", { class: "wb-input", rows: 3, dir: "auto", "data-at": "edited-" + n, "aria-label": say("edited") });
    box.value = chat.draft ?? turn.asked;
    box.addEventListener("input", () => (chat.draft = box.value));
    const leave = () => { chat.left(); chat.redraw(); };
    const save = () => { chat.asked = chat.draft = box.value; send("edit", { turn: n, text: box.value }); }; // it leaves once that was asked
    return make("div", { class: "wb-chat-asked" }, make("div", { class: "wb-row" }, ...head), box, make("div", { class: "wb-row" },
      button("save-" + n, say("ask_edited"), save, { disabled: model.get("writing") }), button("leave-" + n, say("leave"), leave)));
  }
  const edit = button("edit-" + n, say("edit"), () => { chat.left(); chat.editing = n; chat.redraw(); }, { "aria-label": say("edit_turn", { n: n + 1 }), disabled: model.get("writing") });
  const place = turn.branches.indexOf(n) + 1;
  return make("div", { class: "wb-chat-asked" }, make("div", { class: "wb-row" }, ...head, make("span", { class: "wb-grow" }),
    ...pager("branch-" + n, place, turn.branches.length, (by) => send("branch", { turn: n, by }), say("earlier_branch"), say("later_branch")), edit),
    make("div", { class: "wb-chat-text", dir: "auto", text: turn.asked }));
}

/** What Markdown means, as elements: the kernel names few of them, and no HTML is read. */
function nodeOf(node) {
  return typeof node === "string" ? node : make(node[0], { dir: node[0] === "pre" ? "ltr" : "auto", ...node[1] }, ...node[2].map(nodeOf));
}

/** What one side wrote, who that was, and what can be asked about it. */
function sideOf(chat, turn, side) {
  const { model, say, send, button, pager } = chat, n = turn.number, two = turn.sides.length > 1;
  const about = { turn: n, side: side.side, answer: side.place - 1 }, at = (name) => `${name}-${n}-${side.side}`;
  const named = (key) => (two ? say("of_side", { what: say(key), side: side.side }) : say(key));
  const who = make("div", { class: "wb-row wb-chat-who" }, ...(two ? [make("b", { class: "wb-chat-side", text: side.side })] : []),
    make("span", { class: "wb-chat-name", dir: "auto", title: side.name, text: turn.hidden ? say("hidden") : side.name }),
    ...(side.sha ? [make("code", { title: say("sha"), text: side.sha })] : []), make("span", { class: "wb-grow" }),
    ...pager(at("which"), side.place, side.count, (by) => send("which", { turn: n, side: side.side, by }), named("earlier_answer"), named("later_answer")));
  const text = make("div", { class: "wb-chat-text", dir: "auto", "data-state": side.state, "data-text": `${n}:${side.side}` },
    ...(side.nodes ? side.nodes.map(nodeOf) : [side.text]));
  text.classList.toggle("wb-chat-rendered", Boolean(side.nodes));
  if (side.state === "writing") text.dataset.live = `${n}:${side.side}`;
  const said = [];
  if (side.state === "stopped") said.push(make("p", { class: "wb-note", text: say("stopped") }));
  if (side.begun) said.push(make("p", { class: "wb-note", text: say("begun", { n: side.begun }) }));
  if (side.error.length) said.push(make("div", { class: "wb-error", role: "alert", dir: "auto" }, make("strong", { text: side.error[0] }), " ", side.error[1], ...(side.text ? [" ", say("stays")] : [])));
  said.push(...side.notes.map((note) => make("p", { class: "wb-note", dir: "auto", text: note })));
  const ended = ["done", "stopped"].includes(side.state), open = model.get("detail");
  const look = (name) => { const mine = open.turn === n && open.side === side.side && open.of === name;
    return button(at(name), say(name), () => send(mine ? "close_detail" : name, mine ? {} : about), { "aria-label": named(name), "aria-pressed": String(mine) }); };
  const looks = turn.hidden ? [] : [...(ended && side.tokens ? [look("tokens"), ...(model.get("learnt") ? [look("nearest")] : [])] : []),
    ...(side.state === "writing" ? [] : [look("prompt")])];
  const figures = ended && !turn.hidden ? [make("small", { class: "wb-n", text: say("figures", { n: side.tokens, first: side.first, seconds: side.seconds }) })] : [];
  return make("div", { class: "wb-chat-answer", role: "group", "aria-label": two ? say("side", { side: side.side }) : say("answer") },
    who, text, ...said, make("div", { class: "wb-row wb-chat-foot" }, ...looks, make("span", { class: "wb-grow" }), ...figures));
}

/** Another answer, and which of the two that are shown is better. */
function rateOf(chat, turn) {
  const { model, say, send, button } = chat, n = turn.number, two = turn.sides.length > 1, parts = [];
  const answered = turn.sides.every((side) => side.written);
  parts.push(button("again-" + n, say(answered ? "again" : "answer_it"), () => send("again", { turn: n }), { disabled: model.get("writing") }));
  if (turn.rates.length) {
    const kind = two ? "" : "one_";
    const rate = (name, verdict, side) => button(`rate-${n}-${name}`, say(kind + "better_" + name), () => send("rate", { turn: n, verdict, side, answers: turn.rates }),
      { "aria-pressed": String(turn.rating === (name === "bad" ? "both_bad" : name.toUpperCase())) });
    parts.push(make("span", { class: "wb-grow" }), make("span", { class: "wb-row", role: "group", "aria-label": say("which_better") },
      make("span", { class: "wb-note", text: say("which_better") }), rate("a", "better", "A"), rate("b", "better", "B"), rate("bad", "both_bad", "A")));
  }
  return [make("div", { class: "wb-row wb-chat-rate" }, ...parts)];
}
