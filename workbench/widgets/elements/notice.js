function render({ model, el }) {
  const root = make("div", { class: "wb" });
  el.replaceChildren(root);
  const show = () => {
    const [message, remedy, details] = ["message", "remedy", "details"].map((n) => model.get(n));
    if (!message) return root.replaceChildren();
    const box = make("div", { class: "wb-error", role: "alert", dir: "auto" },
      make("strong", { text: message }), " ", make("span", { text: remedy }));
    if (details) box.append(make("details", {}, make("summary", { text: speak(model, "details") }),
      make("pre", { class: "wb-scroll", text: details })));
    root.replaceChildren(box);
  };
  const unlisten = listen(model, ["message", "remedy", "details"], show);
  show();
  return unlisten;
}
export default { render: dressed(render) };
