// Shared by every widget of the workbench. Data reaches the page as text nodes only.
const SVG = "http://www.w3.org/2000/svg";

const CONTROLS = ["select", "input", "textarea", "button", "summary"];

/** An element with properties, attributes (aria-*, data-*, role, tabindex ...) and children.
 *  Keys pressed at a control are its own: in a notebook's command mode "r" or "dd" would otherwise
 *  turn or delete the very cell that it stands in. */
function make(tag, options = {}, ...children) {
  const element = document.createElement(tag);
  if (CONTROLS.includes(tag) || "tabindex" in options) element.dataset.lmSuppressShortcuts = "true";
  for (const [key, value] of Object.entries(options)) {
    if (key === "class") element.className = value;
    else if (key === "text") element.textContent = value;
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false)
      element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/** An element of a drawing, with attributes and perhaps a text. */
function svgNode(tag, attributes = {}, text = undefined) {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

/** Text of the catalogue with {name}, {name:,} or {name:.2f} put in; plural by n. */
function speak(model, key, values = {}) {
  let text = model.get("strings")[key];
  if (text && typeof text === "object") text = values.n === 1 && text.one ? text.one : text.other;
  if (text === undefined) return "⟨" + key + "⟩";
  return text.replace(/\{(\w+)(?::([^}]*))?\}/g, (_, name, form) => {
    const value = values[name];
    if (form === ",") return Number(value).toLocaleString("en-US");
    const digits = /^\.(\d)f$/.exec(form || "");
    return digits ? Number(value).toFixed(Number(digits[1])) : String(value);
  });
}

/** A Bytes trait as numbers, copied so that the alignment is right. */
function numbers(view, Kind = Float32Array) {
  if (!view || !view.byteLength) return new Kind(0);
  return new Kind(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

/** A number for people: few digits, never "-0". */
function short(value) {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-3) return value.toExponential(1).replaceAll("-", "−").replace("e+", "e");
  const text = size >= 100 ? Math.round(value).toLocaleString("en-US") : String(Number(value.toPrecision(3)));
  return text.replace("-", "−");
}

/** Calls back when Jupyter, VS Code, Colab or the system changes its theme; returns a stop. */
function onTheme(callback) {
  let timers = [];
  const soon = () => {
    timers.forEach(clearTimeout);
    timers = [0, 150, 600].map((ms) => setTimeout(callback, ms)); // style sheets arrive late
  };
  const watch = new MutationObserver(soon);
  const filter = { attributes: true, attributeFilter: ["class", "theme", "data-theme",
    "data-jp-theme-name", "data-jp-theme-light", "data-vscode-theme-kind"] };
  watch.observe(document.body, filter);
  watch.observe(document.documentElement, filter);
  const media = matchMedia("(prefers-color-scheme: dark)");
  media.addEventListener("change", soon);
  return () => { watch.disconnect(); media.removeEventListener("change", soon);
    timers.forEach(clearTimeout); };
}

/** The theme's colours as seen by an element. */
function colours(element) {
  const style = getComputedStyle(element);
  const get = (name) => style.getPropertyValue("--wb-" + name).trim();
  return { ink: get("ink"), soft: get("soft"), line: get("line"), card: get("card"),
    fill: get("fill"), accent: get("accent"), second: get("second"), third: get("third"),
    bad: get("bad"), raw: get("raw"), depth: Number(get("depth")), font: style.fontFamily };
}

/** Keeps the keyboard where it was when controls are drawn anew: call the result after drawing.
 *  A control is known by one of the attributes; when it is gone or cannot be used, `instead` tells
 *  where to go on, or null to wait until it comes back. A place without a name (a status line) is
 *  left again for the control as soon as there is one. What holds the whole view (the page, or the
 *  cell to which a notebook moves the keyboard when its control vanished) counts as lost. */
function keepFocus(root, attributes, instead = () => null) {
  let last = "", between = null;
  const named = (control) => attributes.find((a) => control.hasAttribute(a));
  root.addEventListener("focusin", ({ target }) => {
    if (target === between) return;
    between = null;
    const name = named(target), inside = target.closest("[data-role]");
    last = name ? (inside ? `[data-role="${CSS.escape(inside.dataset.role)}"] ` : "") + `[${name}="${CSS.escape(target.getAttribute(name))}"]` : "";
  });
  root.addEventListener("focusout", (event) => { if (event.relatedTarget && event.target.isConnected && !event.target.disabled) last = ""; });
  const unusable = (control) => !control || control.disabled || control.hidden;
  return () => {
    const at = document.activeElement;
    const lost = !at || at === between || (at !== root && at.contains(root)) || (root.contains(at) && unusable(at));
    if (!last || !lost) return;
    const again = root.querySelector(last);
    const to = unusable(again) ? instead(again) : again;
    if (!to || to === at) return;
    between = named(to) ? null : to;
    to.focus();
  };
}

/** Calls back when no kernel answers this widget any more (it was restarted, or shut down), and
 *  again when one does. The page learns of it from the channel that is closed, and then asks. */
function onGone(model, callback) {
  let waiting = 0;
  const answered = (content) => {
    if (content?.pong === undefined) return;
    clearTimeout(waiting);
    callback(false);
  };
  const ask = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => callback(true), 2500);
    try { model.send({ ping: 1 }); } catch { /* no channel: nobody answers */ }
  };
  model.on("msg:custom", answered);
  model.on("comm_live_update", ask);
  try { if (model.set({})?.comm_live === false) ask(); } catch { /* a page that keeps no channels */ }
  return () => {
    clearTimeout(waiting);
    model.off("msg:custom", answered);
    model.off("comm_live_update", ask);
  };
}

/** A canvas fitted to its box at the screen's resolution; drawing units are CSS pixels. */
function fit(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  canvas.style.width = width + "px";
  canvas.style.height = height + "px";
  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.max(1, Math.round(height * ratio));
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/** A colour with another opacity; knows the hexadecimal and rgb() forms that styles give. */
function faded(colour, alpha) {
  const hex = /^#([0-9a-f]{6})$/i.exec(colour);
  const rgb = hex ? [0, 2, 4].map((i) => parseInt(hex[1].slice(i, i + 2), 16))
    : (colour.match(/[\d.]+/g) || [0, 0, 0]).slice(0, 3);
  return `rgba(${rgb.join(",")},${alpha})`;
}

/** Drawing at most once a frame. */
function batched(draw) {
  let asked = 0;
  return () => { if (!asked) asked = requestAnimationFrame(() => { asked = 0; draw(); }); };
}

/** Head and rows as a table; every cell is a text node, numbers to the right. */
function table(caption, head, rows) {
  const t = make("table", { class: "wb-table" }, make("caption", { class: "wb-hidden", text: caption }));
  const figures = head.map((_, i) => rows.length > 0 && rows.every((row) => typeof row[i] === "number"));
  t.append(make("thead", {}, make("tr", {}, ...head.map((h, i) => make("th", { scope: "col", class: figures[i] ? "wb-n" : "", text: h })))));
  const body = make("tbody");
  for (const row of rows)
    body.append(make("tr", {}, ...row.map((cell) => {
      const number = typeof cell === "number";
      return make("td", { class: number ? "wb-n" : "", text: number ? short(cell) : String(cell), dir: "auto" });
    })));
  t.append(body);
  return t;
}

/** A button that shows and hides the table beside a picture. */
function tableToggle(model, holder, build) {
  const button = make("button", { class: "wb-link", type: "button", "aria-expanded": "false",
    text: speak(model, "table") });
  holder.hidden = true;
  const refresh = () => { if (!holder.hidden) holder.replaceChildren(build()); };
  button.addEventListener("click", () => {
    holder.hidden = !holder.hidden;
    button.setAttribute("aria-expanded", String(!holder.hidden));
    refresh();
  });
  return { button, refresh };
}

/** Listen to traits until the view goes. A drawing that fails is told to the page and keeps no other
 *  change from being drawn: what the kernel sends together is told one by one, up to an error. */
function listen(model, names, callback) {
  const events = names.map((name) => "change:" + name);
  const told = () => { try { callback(); } catch (error) { reportError(error); } };
  events.forEach((event) => model.on(event, told));
  return () => events.forEach((event) => model.off(event, told));
}

/** Hears the kernel again where the widget library gave up. It waits two seconds for a view's script;
 *  to a page that took longer (a slow machine, much else to draw) every later change of that view is
 *  lost. Messages then go to the library below it, which waits for nothing, and what was lost is
 *  asked for. Whether it gave up is tried with an update of nothing. Of a library that has no such
 *  parts (another one than Jupyter's) nothing is changed. */
async function hear(model) {
  try {
    const whole = model.set({}), deaf = whole?._handle_comm_msg; // set gives back the whole model
    if (!deaf || !whole.comm || whole.wbHeard) return;
    whole.wbHeard = true;
    try { return await deaf.call(whole, { content: { data: { method: "update", state: {} } } }); } catch {} // it gave up
    let kind = whole;
    while (kind._handle_comm_msg === deaf) kind = Object.getPrototypeOf(kind);
    const ear = kind._handle_comm_msg;
    if (!ear) return;
    whole.comm.on_msg((message) => ear.call(whole, message));
    whole.comm.send({ method: "request_state" }, whole.widget_manager.callbacks?.());
  } catch {} // it hears as it did, or has no kernel any more
}

/** The style sheet, put into the page once; fails where the page does not know it (yet). */
async function dress(model) {
  const id = model.get("sheet").slice("IPY_MODEL_".length);
  const shared = await model.widget_manager.get_model(id);
  let holder = document.getElementById("workbench-style");
  if (!holder) document.head.append((holder = make("style", { id: "workbench-style" })));
  const put = () => { if (holder.textContent !== shared.get("css")) holder.textContent = shared.get("css"); };
  put();
  shared.off("change:css", shared.wbPut); // one that an earlier view left
  shared.on("change:css", (shared.wbPut = put)); // changes while its file is worked on, and never else
}

const pause = (ms) => new Promise((go) => setTimeout(go, ms));

/** A view's render function behind the style sheet. It waits for that at most a second; a page that
 *  was opened while the kernel is busy learns of its widgets late, and then the view is drawn once
 *  more, with the colours. What it drew goes with the view: the widget library keeps every view that
 *  there ever was of a model, with its element. */
function dressed(render) {
  return async (context) => {
    const { model, el } = context, there = () => dress(model).then(() => true,
      () => Boolean(document.getElementById("workbench-style")?.textContent));
    let stop = null, gone = false;
    const undo = () => { stop?.(); el.replaceChildren(); };
    const late = async () => {
      while (!gone && !(await there())) await pause(500);
      if (gone) return;
      undo();
      stop = render(context);
    };
    const soon = await Promise.race([there(), pause(1000)]);
    stop = render(context);
    hear(model);
    if (!soon) late();
    return () => { gone = true; undo(); };
  };
}

/** A widget that has a cell to itself, with a sentence below it while no kernel answers. */
function alone(render) {
  return dressed((context) => {
    const { model, el } = context, stop = render(context);
    const gone = make("p", { class: "wb wb-note wb-gone", role: "status", hidden: true });
    el.append(gone);
    const unwatch = onGone(model, (is) => { gone.textContent = is ? speak(model, "gone") : ""; gone.hidden = !is; });
    return () => { unwatch(); stop?.(); };
  });
}
