function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const question = make("p", { class: "wb-asked", dir: "auto" }), context = make("p", { class: "wb-context", dir: "auto" });
  const facts = make("dl", { class: "wb-facts" }), best = make("tbody");
  const title = make("div", { class: "wb-h" }), key = make("p", { class: "wb-note" });
  const root = make("div", { class: "wb wb-answer" }, title, question, context, key, facts,
    make("table", { class: "wb-table" }, make("caption", { class: "wb-h", text: say("best") }), best));
  el.replaceChildren(root);

  function draw() {
    const known = model.get("known");
    root.hidden = !model.get("question");
    title.textContent = say(known ? "title" : "asked");
    key.textContent = say(known ? "key" : "key_asked");
    question.textContent = model.get("question");
    context.replaceChildren(...model.get("parts").map(([text, gold, found]) => {
      if (!gold && !found) return document.createTextNode(text);
      const part = make("mark", { class: "wb-word" + (gold ? " wb-gold" : "") + (found ? " wb-found" : ""), text,
        title: [gold ? say("gold") : "", found ? say("found") : ""].filter(Boolean).join(" · ") });
      part.dataset.state = !known ? "said" : gold && found ? "right" : "wrong";
      return part;
    }));
    const nothing = say("nothing");
    const found = model.get("prediction") || nothing;
    facts.replaceChildren(...[
      ...(known ? [[say("gold"), model.get("answers").join(" | ") || nothing], [say("found"), found + " (" + say(model.get("kind") || "right") + ")"]]
        : [[say("answer"), found], [say("score"), model.get("score").toFixed(3)]]),
      [say("no_answer_score"), model.get("no_answer").toFixed(2)],
    ].flatMap(([name, value]) => [make("dt", { text: name }), make("dd", { dir: "auto", text: value })]));
    best.replaceChildren(...model.get("best").map(([text, share]) => {
      const bar = make("i");
      bar.style.width = share * 100 + "%";
      return make("tr", {}, make("td", { dir: "auto", text }), make("td", { style: "width:34%" },
        make("div", { class: "wb-interval", "aria-hidden": "true" }, bar)), make("td", { class: "wb-n", text: share.toFixed(3) }));
    }));
  }
  const stop = listen(model, ["question", "parts", "answers", "prediction", "kind", "best", "no_answer", "known", "score"], batched(draw));
  draw();
  return () => stop();
}
export default { render: dressed(render) };
