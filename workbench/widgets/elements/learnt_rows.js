function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const send = (at) => model.send({ do: "go", at });
  const button = (press, text) => make("button", { class: "wb-link", type: "button", "data-press": press, text });
  const ask = make("button", { class: "wb-btn", type: "button", "data-press": "ask", text: say("ask"), onclick: () => model.send({ do: "ask" }) });
  const note = make("span", { class: "wb-note", style: "margin:0", text: say("ask_note") });
  const start = make("div", { class: "wb-row" }, ask, note);
  const back = button("previous", say("previous")), on = button("next", say("next"));
  const place = make("span", { class: "wb-note", style: "margin:0", role: "status" });
  const keys = make("span", { class: "wb-note", style: "margin:0", text: say("keys", { keys: keySigns("tabs", "previous", "next") }) });
  const summary = make("p", { class: "wb-note", style: "margin:0 0 6px", dir: "auto" });
  const legend = make("p", { class: "wb-note wb-learnt-legend" });
  const heading = make("p", { class: "wb-h", dir: "auto", "aria-live": "polite" });
  const text = make("pre", { class: "wb-learnt", tabindex: "0", "data-press": "text", dir: "auto", "aria-label": say("title") });
  const mates = make("p", { class: "wb-note wb-row", dir: "auto" });
  const page = make("div", { class: "wb-learnt-page", role: "group", "aria-label": say("title") }, summary, legend,
    make("div", { class: "wb-row" }, back, on, place, keys), heading, text, mates);
  const root = make("div", { class: "wb wb-learnt-rows" }, make("p", { class: "wb-h", text: say("title") }), start, page);
  el.replaceChildren(root);
  const walk = (what) => {
    const to = led(what, model.get("at"), model.get("total"));
    if (to === undefined) return false;
    send(to);
    return true;
  };
  back.onclick = () => walk("previous");
  on.onclick = () => walk("next");
  onKeys(page, "tabs", walk);

  const refocus = keepFocus(root, ["data-press"], () => (page.hidden ? null : text));
  const stands = (said) => make("span", { class: "wb-learnt-stands", text: said });

  function draw() {
    const total = model.get("total"), at = model.get("at"), busy = model.get("busy");
    start.hidden = ask.hidden = total >= 0;
    page.hidden = total < 0;
    ask.disabled = busy;
    note.textContent = say(busy ? "busy" : "ask_note");
    root.dataset.ready = String(total >= 0);
    if (total < 0) return refocus();
    summary.textContent = model.get("summary");
    heading.textContent = model.get("heading");
    place.textContent = total ? say("place", { at: at + 1, n: total }) : say("none");
    back.disabled = at <= 0;
    on.disabled = at >= total - 1;
    const [marked, gone, plain, instead] = model.get("legend");
    legend.replaceChildren(...[["mark", marked], ["del", gone], ["s", instead], ["span", plain]]
      .filter(([, said]) => said).flatMap(([kind, said]) => [kind === "s" ? make("span", {}, stands(said), " →") : make(kind, { text: said }), " "]));
    text.replaceChildren(...model.get("pieces").flatMap(([said, learnt, cut, there, head]) => {
      let part = learnt && said ? make("mark", { text: said }) : document.createTextNode(said);
      if (there) part = make("span", { class: "wb-learnt-gap" }, stands(there), " → ", part);
      if (cut && said) part = make("del", {}, part);
      return head ? [make("span", { class: "wb-learnt-head", text: head, dir: "auto" }), part] : [part];
    }));
    text.scrollTop = 0;
    const others = model.get("mates");
    mates.hidden = !others.length;
    mates.replaceChildren(make("span", { text: model.get("mates_title") }), ...others.map(([to, name]) =>
      make("button", { class: "wb-link", type: "button", "data-press": `mate-${to}`, text: name, onclick: () => send(to) })),
      make("span", { text: model.get("mates_left") }));
    refocus();
  }
  const stop = listen(model, ["total", "at", "heading", "pieces", "mates", "mates_left", "mates_title", "legend", "summary", "busy"], batched(draw));
  draw();
  return stop;
}
export default { render: dressed(render) };
