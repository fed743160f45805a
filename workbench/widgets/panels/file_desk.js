const PART = 1 << 20; // bytes of a file a message

function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const chooser = make("input", { type: "file", class: "wb-hidden", "aria-label": say("choose"), accept: model.get("kinds").join(","),
    onchange: () => { begin(chooser.files[0]); chooser.value = ""; } });
  const choose = make("label", { class: "wb-btn" }, say("choose"), chooser);
  const button = (what, kind) => make("button", { class: "wb-btn " + (kind || ""), type: "button", "data-do": what, text: say(what), onclick: () => send(what) });
  const stop = button("stop"), download = button("download", "wb-primary");
  const format = make("select", { class: "wb-input", "aria-label": say("as"), onchange: () => { model.set("format", format.value); model.save_changes(); } },
    ...model.get("formats").map((kind) => make("option", { value: kind, text: say(kind) })));
  const bar = make("i"), share = make("div", { class: "wb-bar", role: "progressbar", "aria-label": say("progress"), "aria-valuemin": "0", "aria-valuemax": "100" }, bar);
  const status = make("span", { class: "wb-note", style: "margin:0", role: "status", "aria-live": "polite", dir: "auto" });
  const fields = make("div", { class: "wb-row" });
  const otherwise = make("details", { class: "wb-more", hidden: true }, make("summary", { class: "wb-h", text: say("read_otherwise") }), fields);
  const code = make("code", { dir: "ltr" });
  const twin = make("p", { class: "wb-note wb-twin" }, say("twin") + " ", code);
  const root = make("div", { class: "wb wb-file" }, make("div", { class: "wb-drop" }, choose, make("span", { text: say("or_drop") }), stop, download, format, share, status), otherwise, twin);
  el.replaceChildren(root);
  let file = null, asked = false;

  function send(what) {
    asked = asked || what === "download";
    model.send({ do: what });
  }
  function begin(chosen) {
    if (!chosen) return;
    file = chosen;
    model.send({ do: "file", name: chosen.name, size: chosen.size });
  }
  async function piece() {
    const at = model.get("received");
    if (!file || at < 0 || model.get("uploading") !== file.name) return;
    const bytes = await file.slice(at, at + PART).arrayBuffer();
    model.send({ do: "piece", at }, undefined, [new DataView(bytes)]);
  }
  let coming = null; // the download: its name, its size, the pieces that are here
  function save(content, buffers) {
    if (content.file) {
      if (!asked) return; // another view of the same widget asked
      asked = false;
      coming = { name: content.file, size: content.size, here: 0, parts: [] };
      model.send({ do: "more", at: 0 });
    } else if (coming && content.at === coming.here) {
      coming.parts.push(buffers[0]);
      coming.here += buffers[0].byteLength;
      if (coming.here < coming.size && buffers[0].byteLength) model.send({ do: "more", at: coming.here });
      else whole();
    }
  }
  function whole() {
    const link = make("a", { href: URL.createObjectURL(new Blob(coming.parts, { type: "application/octet-stream" })), download: coming.name });
    coming = null;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }
  const zone = root.firstChild;
  for (const name of ["dragenter", "dragover", "dragleave", "drop"])
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      event.stopPropagation();
      zone.classList.toggle("wb-over", name.startsWith("drage") || name === "dragover");
      if (name === "drop") { zone.classList.remove("wb-over"); begin(event.dataTransfer.files[0]); }
    });

  function draw() {
    const state = model.get("state"), part = model.get("share");
    const had = root.contains(document.activeElement) ? document.activeElement : null;
    const working = state === "coming" || state === "working";
    root.dataset.state = state;
    root.setAttribute("aria-busy", String(working));
    chooser.disabled = working;
    choose.style.opacity = working ? 0.45 : 1;
    for (const field of fields.querySelectorAll("[data-name]")) field.disabled = working;
    stop.hidden = state !== "working";
    download.hidden = format.hidden = state !== "done";
    format.value = model.get("format");
    share.hidden = !working;
    bar.style.width = 100 * part + "%";
    share.setAttribute("aria-valuenow", String(Math.round(100 * part)));
    status.textContent = model.get("status");
    code.textContent = model.get("code");
    twin.hidden = !model.get("code");
    // the keyboard goes on where the work does
    const shown = had && (had.hidden || had.disabled) ? { working: stop, done: download }[state] || chooser : null;
    if (shown) shown.focus();
  }
  const refocus = keepFocus(fields, ["data-name"]);
  function drawFields() {
    const given = model.get("reading");
    otherwise.hidden = !given.length;
    fields.replaceChildren(...given.map(([name, label, value, choices]) => make("label", { class: "wb-row" }, make("span", { class: "wb-note", style: "margin:0", text: label }),
      namedField(name, label, value, choices, (to) => model.send({ do: "reading", name, value: to })))));
    draw();
    refocus();
  }
  const redraw = batched(draw);
  const stops = [listen(model, ["state", "share", "status", "code", "format"], redraw), listen(model, ["received", "uploading"], piece), listen(model, ["reading"], batched(drawFields))];
  model.on("msg:custom", save);
  drawFields();
  return () => { stops.forEach((end) => end()); model.off("msg:custom", save); };
}
export default { render: dressed(render) };
