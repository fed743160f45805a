const PIECE = 1 << 20; // bytes of a file a message

function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const drop = make("div", { class: "wb-drop" }), reading = make("div"), roles = make("div"), parts = make("div");
  const says = make("p", { class: "wb-h", role: "status", "aria-live": "polite", dir: "auto", tabindex: "-1" });
  const findings = make("div"), accepted = make("div"), figures = make("div", { class: "wb-figures" });
  const root = make("div", { class: "wb wb-check" }, drop, reading, roles, parts, says, accepted, findings, figures);
  el.replaceChildren(root);
  const ask = (what, values = {}) => model.send({ do: what, ...values });
  const nextFix = () => (model.get("busy") ? null : findings.querySelector("button:not([disabled])") || says);
  const refocus = keepFocus(root, ["data-name", "data-fix", "data-unfix", "data-press"], nextFix);
  const drawn = (draw) => batched(() => { draw(); refocus(); });

  // a file, in pieces that the kernel asks for one by one
  let file = null;
  const chooser = make("input", { type: "file", class: "wb-hidden", "aria-label": say("choose"), accept: model.get("kinds").join(","),
    onchange: () => { begin(chooser.files[0]); chooser.value = ""; } });
  const progress = make("span", { class: "wb-note", role: "status", dir: "auto" });
  drop.append(make("label", { class: "wb-btn" }, say("choose"), chooser), make("span", { text: say("or_drop") }), progress);
  function begin(chosen) {
    if (!chosen) return;
    file = chosen;
    ask("file", { name: chosen.name, size: chosen.size });
  }
  async function piece() {
    const at = model.get("received"), upload = model.get("uploading");
    if (!file || at < 0 || upload !== file.name) return;
    const bytes = await file.slice(at, at + PIECE).arrayBuffer();
    model.send({ do: "piece", at }, undefined, [new DataView(bytes)]);
  }
  for (const name of ["dragenter", "dragover"])
    drop.addEventListener(name, (event) => { event.preventDefault(); event.stopPropagation(); drop.classList.add("wb-over"); });
  for (const name of ["dragleave", "drop"])
    drop.addEventListener(name, (event) => { event.preventDefault(); event.stopPropagation(); drop.classList.remove("wb-over"); });
  drop.addEventListener("drop", (event) => begin(event.dataTransfer.files[0]));

  const plain = (names) => names.map((name) => [name, name]);

  function drawReading() {
    const [files, fields] = [model.get("files"), model.get("reading")];
    if (!files.length && !fields.length) return reading.replaceChildren();
    const chosen = fields.map(([name, label, value, choices]) => make("label", { class: "wb-row" }, make("span", { class: "wb-note", style: "margin:0", text: label }),
      namedField(name, label, value, choices, (to) => ask("reading", { name, value: to }))));
    const read = files.length ? [make("div", { class: "wb-scroll" }, table(say("files"), ["file", "format", "rows", "columns", "encoding", "delimiter", "header"].map((n) => say(n)), files))] : [];
    reading.replaceChildren(make("p", { class: "wb-h", text: say(files.length ? "files" : "read_otherwise") }), ...read,
      make("div", { class: "wb-row", style: "margin-top:6px" }, ...chosen));
  }

  function drawRoles() {
    const rows = model.get("roles");
    if (!rows.length) return roles.replaceChildren();
    const body = make("tbody");
    for (const [role, name, column, choices, reason, samples] of rows)
      body.append(make("tr", { "data-role": role }, make("th", { scope: "row", text: name }),
        make("td", {}, namedField(role, name, column, [["", say("none")], ...plain(choices)], (to) => ask("column", { role, column: to }))),
        make("td", { class: "wb-note", dir: "auto", text: reason }),
        make("td", {}, ...samples.map((text) => make("div", { class: "wb-sample", dir: "auto", text })))));
    const [task, tasks] = model.get("task");
    const what = tasks ? [make("span", { class: "wb-note", style: "margin:0", text: say("task") }), namedField("task", say("task"), task, tasks, (to) => ask("task", { task: to }))] : [];
    roles.replaceChildren(make("div", { class: "wb-row" }, make("span", { class: "wb-h", style: "margin:0", text: say("columns_title") }), ...what), make("div", { class: "wb-scroll" },
      make("table", { class: "wb-table wb-roles" }, make("caption", { class: "wb-hidden", text: say("columns_title") }),
        make("thead", {}, make("tr", {}, ...["role", "column", "reason", "samples"].map((n) => make("th", { scope: "col", text: say(n) })))), body)));
  }

  function drawParts() {
    const split = model.get("split");
    if (!split.length) return parts.replaceChildren();
    const [value, methods, column, columns, folds, fold] = split;
    const change = () => ask("split", { split: method.value, column: by ? by.value : "", folds: count.value, fold: one ? one.value : "" });
    const method = namedField("split", say("split"), value, methods, change);
    const by = ["group", "time"].includes(value) ? namedField("split_column", say("split_by"), column, [["", say("none")], ...plain(columns)], change) : null;
    const count = make("input", { class: "wb-input", type: "number", min: 2, max: 100, style: "width:9ch", "data-name": "folds", "aria-label": say("folds"), value: folds || "", placeholder: say("no_folds"), onchange: change,
      onkeydown: (event) => { if (does("field", event) === "send") { event.stopPropagation(); count.blur(); } } }); // the page keeps Enter to itself otherwise
    const numbers = Array.from({ length: folds }, (_, n) => [String(n + 1), String(n + 1)]);
    const one = folds ? namedField("fold", say("fold"), String(fold), numbers, change) : null;
    parts.replaceChildren(make("div", { class: "wb-row" }, make("span", { class: "wb-h", style: "margin:0", text: say("split") }), method,
      ...(by ? [make("span", { class: "wb-note", style: "margin:0", text: say("split_by") }), by] : []),
      make("span", { class: "wb-note", style: "margin:0", text: say("folds") }), count,
      ...(one ? [make("span", { class: "wb-note", style: "margin:0", text: say("fold") }), one] : [])));
  }

  function drawFindings() {
    const rows = model.get("findings"), busy = model.get("busy");
    says.textContent = busy || model.get("verdict");
    root.setAttribute("aria-busy", String(Boolean(busy)));
    root.dataset.ready = String(!busy && Boolean(model.get("verdict")));
    if (!rows.length) return findings.replaceChildren();
    const body = make("tbody");
    rows.forEach(([severity, check, what, n, examples, fix, remedy, level]) => {
      const act = fix ? make("button", { class: "wb-link", type: "button", "data-fix": fix, "aria-label": say("fix_label", { fix }), text: say("fix"), disabled: Boolean(busy), onclick: () => ask("fix", { name: fix }) }) : "";
      const seen = examples.length ? make("details", {}, make("summary", { text: say("examples") }), ...examples.map((text) => make("div", { class: "wb-sample", dir: "auto", text }))) : "";
      body.append(make("tr", { "data-severity": severity, "data-check": check },
        make("td", {}, make("span", { class: "wb-tag wb-is-" + severity, text: level })),
        make("td", { dir: "auto" }, make("div", { text: what }), seen), make("td", { class: "wb-n", text: n.toLocaleString("en-US") }),
        make("td", { dir: "auto" }, make("div", { class: "wb-note", style: "margin:0", text: remedy })), make("td", { class: "wb-n" }, act)));
    });
    const all = rows.some((row) => row[5] && row[0] !== "info") ? [make("button", { class: "wb-btn", type: "button", "data-press": "fix-all", text: say("fix_all"), disabled: Boolean(busy), onclick: () => ask("fix_all") })] : [];
    findings.replaceChildren(make("table", { class: "wb-table wb-findings" }, make("caption", { class: "wb-hidden", text: say("findings") }),
      make("thead", {}, make("tr", {}, ...["severity", "what", "count", "remedy", "fix"].map((n) => make("th", { scope: "col", text: say(n) })))), body),
      make("div", { class: "wb-row", style: "margin-top:8px" }, ...all));
  }

  function drawAccepted() {
    const names = model.get("fixes");
    accepted.replaceChildren(...(names.length ? [make("div", { class: "wb-row" }, make("span", { class: "wb-note", style: "margin:0", text: say("accepted") }),
      ...names.map((name) => make("span", { class: "wb-tag wb-right", dir: "auto" }, name + " ",
        make("button", { class: "wb-x", type: "button", "data-unfix": name, "aria-label": say("unfix", { fix: name }), text: "×", onclick: () => ask("unfix", { name }) }))))] : []));
  }

  function drawFigures() {
    figures.replaceChildren(...model.get("figures").map(([title, rows]) => {
      const most = Math.max(1e-9, ...rows.map((row) => row[1])), body = make("tbody");
      for (const [name, value, text] of rows) {
        const bar = make("i");
        bar.style.width = (100 * value) / most + "%";
        body.append(make("tr", {}, make("td", { dir: "auto", class: "wb-name", text: name, title: name }),
          make("td", { style: "width:40%" }, make("div", { class: "wb-bar", "aria-hidden": "true" }, bar)), make("td", { class: "wb-n", text })));
      }
      return make("div", {}, make("p", { class: "wb-h", text: title }), make("table", { class: "wb-table" }, make("caption", { class: "wb-hidden", text: title }), body));
    }));
  }

  const told = () => { progress.textContent = model.get("progress"); };
  const stops = [
    listen(model, ["files", "reading"], drawn(drawReading)), listen(model, ["task", "roles"], drawn(drawRoles)),
    listen(model, ["split"], drawn(drawParts)), listen(model, ["findings", "busy", "verdict"], drawn(drawFindings)),
    listen(model, ["fixes"], drawn(drawAccepted)), listen(model, ["figures"], drawn(drawFigures)),
    listen(model, ["received", "uploading"], piece), listen(model, ["progress"], told)];
  [drawReading, drawRoles, drawParts, drawFindings, drawAccepted, drawFigures, told].forEach((draw) => draw());
  return () => stops.forEach((stop) => stop());
}
export default { render: dressed(render) };
