// Which keys do what, in every view: a view acts on the names at the right and reads no key itself.
// What a view says of its keys is made of the same table (keyNames).
const ALONG = { Home: "first", End: "last" };
const ACROSS = { ArrowRight: "next", ArrowLeft: "previous", ...ALONG };
const LINES = { ArrowDown: "next", ArrowUp: "previous", ...ALONG, Enter: "choose", " ": "choose" };
const KEYS = {
  lines: LINES,
  pages: { ...LINES, PageDown: "turn", PageUp: "turnBack" },
  tabs: ACROSS,
  curve: { ...ACROSS, PageDown: "jump", PageUp: "jumpBack", Escape: "leave" },
  points: { ArrowDown: "next", ArrowRight: "next", ArrowUp: "previous", ArrowLeft: "previous", Escape: "leave" },
  cells: { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right", ...ALONG, Enter: "choose", Escape: "leave" },
  field: { Enter: "send" },
  queue: { a: "accept", k: "accept", r: "relabel", c: "relabel",
    ...Object.fromEntries([..."123456789"].map((digit) => [digit, "name"])),
    d: "drop", u: "undo", Backspace: "undo" },
};
const SHOWN = { " ": "␣", ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→" };

/** What a pressed key does in a kind of view; undefined when nothing. */
function does(kind, event) {
  return Object.hasOwn(KEYS[kind], event.key) ? KEYS[kind][event.key] : undefined;
}

/** Calls act(what, event) for the keys of a kind; what it does not take (false) goes on its way. */
function onKeys(element, kind, act) {
  element.addEventListener("keydown", (event) => {
    const what = does(kind, event);
    if (what === undefined || act(what, event) === false) return;
    event.preventDefault();
    event.stopPropagation();
  });
}

/** The keys that do it, as a person reads them: ["a", "k"], ["1–9"]. */
function keyNames(kind, what) {
  const keys = Object.keys(KEYS[kind]).filter((key) => KEYS[kind][key] === what);
  const digits = keys.filter((key) => /^\d$/.test(key)).sort(), others = keys.filter((key) => !digits.includes(key));
  return [...others.map((key) => SHOWN[key] || key), ...(digits.length ? [`${digits[0]}–${digits.at(-1)}`] : [])];
}

/** The keys of several acts in one sentence: "↑ ↓", "Enter/␣". */
function keySigns(kind, ...acts) {
  return acts.map((what) => keyNames(kind, what).join("/")).join(" ");
}

/** Where next, previous, first or last leads among n; round about, or no further than the ends. */
function led(what, at, n, around = false) {
  const to = { next: at + 1, previous: at - 1, first: 0, last: n - 1 }[what];
  if (to === undefined || !n) return undefined;
  return around ? (to + n) % n : Math.max(0, Math.min(n - 1, to));
}

/** Arrow keys walk the rows of a table, one of which takes the tabulator; other keys go to act. */
function walkLines(body, choose, kind = "lines", act = () => false) {
  onKeys(body, kind, (what, event) => {
    const lines = [...body.children], at = lines.indexOf(event.target.closest("tr"));
    if (at < 0) return false;
    if (what === "choose") { choose(lines[at], at); return true; }
    const to = led(what, at, lines.length);
    if (to === undefined) return act(what);
    lines.forEach((line, i) => { line.tabIndex = i === to ? 0 : -1; });
    lines[to].focus();
    return true;
  });
}

/** A field by its name: a choice of [value, text], or a line to be typed where there is none; there
 *  Enter sends, which the page would keep to itself. */
function namedField(name, label, value, choices, change) {
  const about = { class: "wb-input", "data-name": name, "aria-label": label, onchange: () => change(field.value) };
  const options = choices.map(([key, text]) => make("option", { value: key, selected: key === value, text }));
  const send = (event) => { if (does("field", event) === "send") { event.stopPropagation(); field.blur(); } };
  const field = choices.length ? make("select", about, ...options) : make("input", { ...about, type: "text", spellcheck: "false", onkeydown: send });
  field.value = value;
  return field;
}
