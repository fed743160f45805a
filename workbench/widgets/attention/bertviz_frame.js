function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const place = make("div"), note = make("p", { class: "wb-note", role: "status" });
  const buttons = ["head", "model", "neuron"].map((view) => make("button", { class: "wb-link", type: "button",
    "aria-pressed": "false", "data-view": view, text: say(view), onclick: () => ask(view) }));
  const layers = make("select", { class: "wb-input", "aria-label": say("layer"), onchange: () => { if (open) { const again = open; open = ""; ask(again); } } });
  const layerBox = make("label", { class: "wb-note", style: "margin:0" }, say("layer") + " ", layers);
  const root = make("div", { class: "wb wb-bertviz" }, make("div", { class: "wb-row" },
    make("span", { class: "wb-h", style: "margin:0", text: say("title") }), ...buttons, layerBox), note, place);
  el.replaceChildren(root);
  let open = "", frame = null, drawn = false;

  const dark = () => {
    const [r, g, b] = (faded(getComputedStyle(root).getPropertyValue("--wb-ink").trim() || "#000", 1).match(/\d+/g) || [0]).map(Number);
    return r + g + b > 380; // light ink: a dark page
  };

  function ask(view) {
    open = open === view ? "" : view;
    show();
    if (!open) return;
    note.textContent = say("making");
    drawn = dark();
    try { model.send({ ask: open, dark: drawn, layer: Number(layers.value) }); } catch { note.textContent = say("no_kernel"); }
  }

  function show() {
    buttons.forEach((b) => {
      b.setAttribute("aria-pressed", String(b.dataset.view === open));
      b.disabled = !model.get("offered");
      b.hidden = !model.get("views").includes(b.dataset.view) && model.get("offered");
    });
    root.hidden = !model.get("offered") && !model.get("why_not");
    const n = model.get("n_layers");
    layerBox.hidden = !n;
    if (layers.children.length !== n) layers.replaceChildren(...Array.from({ length: n }, (_, i) => make("option", { value: i, text: i })));
    note.textContent = model.get("why_not");
    if (!open) { place.replaceChildren(); frame = null; }
  }

  const answer = (content, buffers) => {
    if (content.view !== open) return;
    if (content.error) { note.textContent = content.error; return; }
    note.textContent = model.get("why_not");
    const bytes = buffers[0];
    frame = make("iframe", { class: "wb-frame", sandbox: "allow-scripts", title: say("frame", { view: say(open) }),
      srcdoc: new TextDecoder().decode(bytes.buffer ? bytes : new DataView(bytes)), style: "height:420px" });
    place.replaceChildren(frame);
  };
  const measured = (event) => {
    if (!frame || event.source !== frame.contentWindow) return;
    const height = Number(event.data?.height);
    if (height > 0) frame.style.height = Math.min(900, height + 24) + "px";
  };
  const changed = () => { open = ""; show(); };
  model.on("msg:custom", answer);
  window.addEventListener("message", measured);
  const unlisten = listen(model, ["key"], changed);
  const untheme = onTheme(() => { if (open && dark() !== drawn) { const again = open; open = ""; ask(again); } });
  show();
  return () => { unlisten(); untheme(); model.off("msg:custom", answer);
    window.removeEventListener("message", measured); };
}
export default { render: dressed(render) };
