const WORD = { train: "starting", pause: "pausing", resume: "resuming", stop: "stopping" };
const LATE = 4000; // ms until a command that nobody took is called lost

function server() {
  const holder = document.getElementById("jupyter-config-data");
  const config = holder ? JSON.parse(holder.textContent) : {};
  const xsrf = /(?:^|; )_xsrf=([^;]*)/.exec(document.cookie);
  const headers = { "Content-Type": "application/json" };
  if (xsrf) headers["X-XSRFToken"] = decodeURIComponent(xsrf[1]);
  if (config.token) headers.Authorization = "token " + config.token;
  return holder ? { base: config.baseUrl || "/", root: config.serverRoot || "", headers } : null;
}

/** The run's path as this page's server names it. */
function relative(model, root) {
  const folder = model.get("folder");
  const full = root.replace(/^~(?=\/|$)/, model.get("home")).replace(/\/$/, "");
  return root && folder.startsWith(full + "/") ? folder.slice(full.length + 1) : model.get("run_path");
}

function contents(place, path, options = {}) {
  const url = place.base + "api/contents/" + path.split("/").map(encodeURIComponent).join("/");
  return fetch(url, { credentials: "same-origin", headers: place.headers, cache: "no-store",
    signal: AbortSignal.timeout(LATE), ...options });
}

async function readState(model) {
  const place = server(), path = place && relative(model, place.root);
  if (!path) return null;
  const reply = await contents(place, path + "/state.json");
  return reply.ok ? JSON.parse((await reply.json()).content) : null;
}

async function write(model, command, number) {
  const place = server(), path = place && relative(model, place.root);
  if (!path) return false;
  const name = String(number).padStart(4, "0") + "-" + command + ".json";
  const content = JSON.stringify({ command, number, time: Date.now() / 1000 });
  const reply = await contents(place, path + "/control/" + name,
    { method: "PUT", body: JSON.stringify({ type: "file", format: "text", content }) });
  return reply.ok;
}

function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const buttons = {};
  for (const name of ["train", "pause", "resume", "stop"])
    buttons[name] = make("button", { type: "button", class: "wb-btn" + (name === "train" ? " wb-primary" : ""),
      "data-press": name, onclick: () => (name === "train" ? train() : command(name)) });
  const fill = make("i");
  const bar = make("div", { class: "wb-bar", role: "progressbar", "aria-label": say("progress"),
    "aria-valuemin": "0", "aria-valuemax": "100" }, fill);
  const status = make("span", { class: "wb-status", role: "status" });
  const why = make("p", { class: "wb-note wb-why", role: "status" });
  const lost = make("p", { class: "wb-note wb-lost", role: "alert", hidden: true });
  const root = make("div", { class: "wb wb-controls", role: "group", "aria-label": say("label") },
    make("div", { class: "wb-row" }, ...Object.values(buttons), bar, status), why, lost);
  el.replaceChildren(root);
  const usable = () => ["pause", "resume", "stop", "train"].map((name) => buttons[name]).find((b) => !b.disabled && !b.hidden);
  const refocus = keepFocus(root, ["data-press"], () => (waiting ? null : usable()));
  let waiting = null, last = 0, alive = true;

  function show() {
    const state = model.get("state"), run = model.get("folder") !== "";
    const active = ["queued", "running"].includes(state);
    const able = { train: model.get("can_train") && !active && state !== "paused",
      pause: state === "running" || state === "queued",
      resume: ["paused", "stopped", "failed", "died"].includes(state),
      stop: active || state === "paused" };
    for (const [name, button] of Object.entries(buttons)) {
      const busy = waiting?.name === name;
      button.textContent = say(busy ? WORD[name] : name);
      button.disabled = busy || !able[name] || (name !== "train" && !run);
      button.setAttribute("aria-busy", String(busy));
    }
    buttons.pause.hidden = able.resume;
    buttons.resume.hidden = !able.resume;
    const percent = Math.round(model.get("progress") * 1000) / 10;
    fill.style.width = percent + "%";
    bar.setAttribute("aria-valuenow", String(percent));
    bar.hidden = !run;
    status.textContent = model.get("status");
    why.textContent = model.get("why_not");
    why.hidden = model.get("can_train") || active || state === "paused" || !why.textContent;
    root.dataset.state = state;
    root.dataset.acknowledged = model.get("acknowledged");
    refocus();
  }

  function settle() { // the trait says that the command was taken
    if (!waiting) return;
    const taken = waiting.number && model.get("acknowledged") >= waiting.number;
    if (taken || model.get("state") !== waiting.state) done();
    show();
  }

  function done() {
    waiting = null;
    lost.hidden = true;
  }

  function train() {
    const mine = { name: "train", state: model.get("state"), number: 0, python: false };
    waiting = mine;
    lost.hidden = true;
    setTimeout(() => {
      if (!mine.python && model.get("state") === mine.state) { // a kernel that restarted, or is busy
        lost.textContent = say("unanswered");
        lost.hidden = false;
      }
      if (waiting === mine) { waiting = null; show(); }
    }, LATE);
    try { model.send({ press: "train" }); } catch { /* no kernel: said when nothing answers */ }
    show();
  }

  async function command(name) {
    const mine = { name, state: model.get("state"), number: 0, python: false, file: false };
    waiting = mine;
    show();
    let known = 0;
    try { known = (await readState(model))?.acknowledged || 0; } catch { /* the trait's number counts */ }
    mine.number = last = Math.max(known, model.get("acknowledged"), last) + 1;
    root.dataset.sent = mine.number;
    try { model.send({ press: name, number: mine.number }); } catch { /* no kernel: the file counts */ }
    try { mine.file = await write(model, name, mine.number); } catch { mine.file = false; }
    const end = performance.now() + LATE;
    while (alive && waiting === mine && performance.now() < end) {
      await new Promise((go) => setTimeout(go, 200));
      if (!mine.file) continue;
      let seen = null;
      try { seen = await readState(model); } catch { continue; }
      if (seen && (seen.acknowledged || 0) >= mine.number) {
        root.dataset.taken = mine.number;
        if (waiting === mine) done();
      }
    }
    if (waiting === mine) {
      waiting = null;
      if (!mine.file && !mine.python && model.get("acknowledged") < mine.number) {
        lost.replaceChildren(say("unreached") + " ",
          make("code", { text: "workbench " + name + " " + model.get("quoted") }));
        lost.hidden = false;
      }
    }
    show();
  }

  const answered = (content) => {
    if (content.reached === "train") lost.hidden = true;
    if (waiting && content.reached === waiting.name) waiting.python = true;
  };
  model.on("msg:custom", answered);
  const traits = ["state", "acknowledged", "progress", "status", "can_train", "why_not", "folder"];
  const unlisten = listen(model, traits, () => { settle(); show(); });
  show();
  return () => { alive = false; unlisten(); model.off("msg:custom", answered); };
}
export default { render: dressed(render) };
