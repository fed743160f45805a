function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const line = make("p", { class: "wb-tagged-line", dir: "auto" });
  const key = make("p", { class: "wb-note" });
  const root = make("div", { class: "wb wb-tagged" }, make("div", { class: "wb-h", text: say("title") }), line, key);
  el.replaceChildren(root);

  function draw() {
    const words = model.get("words"), labels = model.get("labels"), predictions = model.get("predictions");
    const labelled = model.get("labelled");
    root.hidden = !words.length;
    key.textContent = say(labelled ? "key" : "key_asked");
    const found = (spans, i) => spans.find(([, start, end]) => start <= i && i < end);
    const same = (a, b) => a && b && String(a) === String(b);
    const parts = [];
    words.forEach((word, i) => {
      const label = found(labels, i), prediction = found(predictions, i);
      const state = !labelled ? (prediction ? "said" : "") : same(label, prediction) ? "right" : label || prediction ? "wrong" : "";
      const part = make("span", { class: "wb-word", text: word });
      if (label) part.classList.add("wb-gold");
      if (prediction) part.classList.add("wb-found");
      if (state) part.dataset.state = state;
      const says = [];
      if (label && label[1] === i) says.push(say("gold", { type: label[0] }));
      if (prediction && prediction[1] === i) says.push(labelled ? say("found", { type: prediction[0] }) : prediction[0]);
      if (!labelled && prediction) part.title = prediction[0];
      else if (label || prediction) part.title = [label ? say("gold", { type: label[0] }) : say("no_gold"), prediction ? say("found", { type: prediction[0] }) : say("not_found")].join(" · ");
      if (says.length) part.append(make("small", { text: same(label, prediction) ? label[0] : says.join(" ") }));
      // Chinese and Japanese are written without blanks
      const wide = (text) => /[\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]/.test(text);
      parts.push(part);
      if (i + 1 < words.length && !wide(word.slice(-1)) && !wide(words[i + 1].slice(0, 1))) parts.push(document.createTextNode(" "));
    });
    line.replaceChildren(...parts);
  }
  const stop = listen(model, ["words", "labels", "predictions"], batched(draw));
  draw();
  return () => stop();
}
export default { render: dressed(render) };
