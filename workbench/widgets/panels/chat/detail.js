/** What was looked up of an answer: its tokens and their rivals, its prompt, the training near it. */
function detailOf(chat, turn, detail) {
  const { say, send, button } = chat, two = turn.sides.length > 1;
  const draw = { tokens: tokensOf, prompt: promptOf, nearest: nearestOf }[detail.kind];
  const title = say(detail.of + "_title"), close = button("close", say("close"), () => send("close_detail"));
  const notes = (detail.notes || []).map((note) => make("p", { class: "wb-note", dir: "auto", text: note }));
  return make("div", { class: "wb-chat-detail", role: "group", "aria-label": title }, make("div", { class: "wb-row" },
    make("span", { class: "wb-h", text: two ? say("of_side", { what: title, side: detail.side }) : title }), make("span", { class: "wb-grow" }), close),
  ...(draw ? draw(chat, turn, detail) : [make("p", { class: "wb-note", role: "status", text: say("busy") })]), ...notes);
}

/** Tokens, the surer the fainter; what else could stand at the chosen one, to go on from there. */
function tokensOf(chat, turn, detail) {
  const { model, say, send, button } = chat, visible = (text) => text.replaceAll(" ", "␣").replaceAll("\n", "↵");
  const bars = make("div"), told = make("p", { class: "wb-note", role: "status", "aria-live": "polite" });
  const texts = [...detail.tokens, ...(detail.whole ? [say("end")] : [])];
  function choose(at) {
    chat.token = at;
    for (const token of line.querySelectorAll(".wb-token")) {
      const mine = Number(token.dataset.token) === at;
      token.classList.toggle("wb-picked", mine);
      token.setAttribute("aria-pressed", String(mine));
      token.tabIndex = mine ? 0 : -1;
    }
    const share = detail.shares[at];
    told.textContent = share === undefined ? say("behind_end") : say("token_share", { token: visible(detail.tokens[at]), p: 100 * share });
    bars.replaceChildren(make("table", { class: "wb-table wb-chat-bars" }, make("caption", { class: "wb-hidden", text: say("rivals") }), make("tbody", {}, ...detail.choices[at].map(([id, text, share]) => {
      const written = id === detail.ids[at], bar = make("i");
      bar.style.width = 100 * share + "%";
      return make("tr", { class: written ? "wb-chosen" : "" }, make("td", { class: "wb-chat-word", dir: "auto", text: visible(text) || "·" }),
        make("td", { class: "wb-bar-cell" }, make("div", { class: "wb-toy-bar", "aria-hidden": "true" }, bar)), make("td", { class: "wb-n", text: (100 * share).toFixed(1) + " %" }),
        make("td", {}, ...(written ? [make("small", { text: say("written") })] : [button(`rival-${id}`, say("go_on"), () => send("go_on", { turn: turn.number, side: detail.side, answer: detail.answer, position: at, token: id }),
          { "aria-label": say("go_on_with", { token: visible(text) }), disabled: model.get("writing") })])));
    }))));
  }
  const line = make("div", { class: "wb-tokens", dir: "auto", role: "group", "aria-label": say("tokens") }, ...texts.flatMap((text, i) => {
    const token = make("button", { class: "wb-token" + (i < detail.tokens.length ? "" : " wb-chat-end"), type: "button", "data-token": i, tabindex: "-1", text: text.replaceAll("\n", "↵") || "·", onclick: () => choose(i), onfocus: () => choose(i) });
    const doubt = i < detail.tokens.length ? Math.min(1, -Math.log2(Math.max(detail.shares[i], 1e-9)) / 12) : 0;
    if (doubt > 0.03) token.style.background = `color-mix(in srgb, var(--wb-accent) calc(var(--wb-depth) * ${Math.round(doubt * 70)}%), transparent)`;
    return text.includes("\n") ? [token, make("br")] : [token];
  }));
  onKeys(line, "tabs", (what) => {
    const all = [...line.querySelectorAll(".wb-token")], to = led(what, all.indexOf(document.activeElement), all.length);
    if (to === undefined) return false;
    all[to].focus();
  });
  const same = chat.told === detail ? chat.token : 0;
  chat.told = detail;
  choose(Math.min(same, texts.length - 1));
  return [make("p", { class: "wb-note", text: say("tokens_hint", { keys: keySigns("tabs", "previous", "next") }) }), line, told, bars];
}

function promptOf(chat, turn, detail) {
  return [make("p", { class: "wb-note", text: chat.say("prompt_tokens", { n: detail.tokens }) }), make("pre", { class: "wb-learnt", tabindex: "0", text: detail.text })];
}

/** The answer and training texts, with the longest run of words of both marked. */
function nearestOf(chat, turn, detail) {
  const { say } = chat, marked = ([before, span, after]) => [before, ...(span ? [make("mark", { text: span })] : []), after];
  const texts = detail.texts.map((one) => make("div", { class: "wb-chat-near" }, make("small", { text: one.said }),
    ...(one.asked ? [make("div", { class: "wb-chat-text wb-chat-soft", dir: "auto", text: one.asked })] : []), make("div", { class: "wb-chat-text", dir: "auto" }, ...marked(one.reply))));
  return [make("p", {}, make("strong", { text: detail.said })), make("div", { class: "wb-chat-near" }, make("small", { text: say("this_answer") }),
    make("div", { class: "wb-chat-text", dir: "auto" }, ...marked(detail.answer))), ...texts];
}
