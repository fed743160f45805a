function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const question = make("p", { class: "wb-asked", dir: "auto" }), context = make("p", { class: "wb-context", dir: "auto" });
  const facts = make("dl", { class: "wb-facts" }), best = make("tbody");
  const root = make("div", { class: "wb wb-answer" }, make("div", { class: "wb-h", text: say("title") }), question, context,
    make("p", { class: "wb-note", text: say("key") }), facts,
    make("table", { class: "wb-table" }, make("caption", { class: "wb-h", text: say("best") }), best));
  el.replaceChildren(root);

  function draw() {
    root.hidden = !model.get("question");
    question.textContent = model.get("question");
    context.replaceChildren(...model.get("parts").map(([text, gold, found]) => {
      if (!gold && !found) return document.createTextNode(text);
      const part = make("mark", { class: "wb-word" + (gold ? " wb-gold" : "") + (found ? " wb-found" : ""), text,
        title: [gold ? say("gold") : "", found ? say("found") : ""].filter(Boolean).join(" · ") });
      part.dataset.state = gold && found ? "right" : "wrong";
      return part;
    }));
    const nothing = say("nothing");
    facts.replaceChildren(...[
      [say("gold"), model.get("answers").join(" | ") || nothing],
      [say("found"), (model.get("prediction") || nothing) + " (" + say(model.get("kind") || "right") + ")"],
      [say("no_answer_score"), model.get("no_answer").toFixed(2)],
    ].flatMap(([name, value]) => [make("dt", { text: name }), make("dd", { dir: "auto", text: value })]));
    best.replaceChildren(...model.get("best").map(([text, share]) => {
      const bar = make("i");
      bar.style.width = share * 100 + "%";
      return make("tr", {}, make("td", { dir: "auto", text }), make("td", { style: "width:34%" },
        make("div", { class: "wb-interval", "aria-hidden": "true" }, bar)), make("td", { class: "wb-n", text: share.toFixed(2) }));
    }));
  }
  const stop = listen(model, ["question", "parts", "answers", "prediction", "kind", "best", "no_answer"], batched(draw));
  draw();
  return () => stop();
}
export default { render: dressed(render) };
