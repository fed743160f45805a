function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const line = make("p", { class: "wb-context", dir: "auto" });
  const root = make("div", { class: "wb wb-effects" }, make("div", { class: "wb-h" }), line, make("p", { class: "wb-note", text: say("key") }));
  el.replaceChildren(root);

  function draw() {
    const words = model.get("words"), most = Math.max(1e-6, ...words.map((w) => Math.abs(w[3])));
    root.hidden = !words.length;
    root.querySelector(".wb-h").textContent = model.get("heading");
    const text = [...model.get("text")], parts = []; // positions are characters, not UTF-16 units
    let at = 0;
    for (const [, start, end, change] of words) {
      if (start > at) parts.push(document.createTextNode(text.slice(at, start).join("")));
      const mark = make("mark", { class: "wb-effect", tabindex: "0", text: text.slice(start, end).join(""), title: say("effect", { change: (change > 0 ? "+" : change < 0 ? "−" : "") + Math.abs(change).toFixed(3) }) });
      mark.dataset.speaks = change < 0 ? "for" : "against";
      mark.style.setProperty("--wb-strength", (Math.abs(change) / most * 70).toFixed(0) + "%");
      parts.push(mark);
      at = end;
    }
    parts.push(document.createTextNode(text.slice(at).join("")));
    line.replaceChildren(...parts);
  }
  const stop = listen(model, ["words", "text", "heading"], batched(draw));
  draw();
  return () => stop();
}
export default { render: dressed(render) };
