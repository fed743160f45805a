const GLANCE = 3000; // ms

/** The way back to an app that lies outside of what is seen: after Run All the page stands at the
 *  notebook's end. Offered while a run is at work, or until the app was seen once. */
function wayBack(root, says, wanted) {
  const panel = root.closest(".jp-NotebookPanel, .jp-Notebook");
  if (!panel) return null; // other front ends show outputs in frames of their own
  const chip = make("button", { class: "wb wb-back", type: "button", hidden: true,
    onclick: () => { root.scrollIntoView({ block: "start" }); root.querySelector("[aria-selected=true]")?.focus({ preventScroll: true }); } });
  document.body.append(chip);
  let inView = true, seen = false, since = Infinity; // seen: for as long as a glance takes
  const show = () => {
    if (inView && performance.now() - since > GLANCE) seen = true;
    chip.hidden = inView || !root.isConnected || !panel.getClientRects().length || (seen && !wanted());
    const text = "▲ " + says();
    if (chip.textContent !== text) chip.textContent = text;
  };
  const watch = new IntersectionObserver(([entry]) => {
    inView = entry.isIntersecting;
    since = inView ? performance.now() : Infinity;
    show();
  });
  watch.observe(root);
  const timer = setInterval(show, 1000); // another tab of the front end says nothing of itself
  return { show, stop: () => { watch.disconnect(); clearInterval(timer); chip.remove(); } };
}

function render({ model, el }) {
  const say = (key, values) => speak(model, key, values);
  const chip = (name) => make("span", { class: "wb-chip wb-" + name, dir: "auto" });
  const state = chip("state"), run = chip("run"), device = chip("device");
  const button = make("button", { class: "wb-chip", type: "button", "aria-expanded": "false", text: say("show_code"), onclick: toggle });
  const tabs = make("div", { class: "wb-steps", role: "tablist", "aria-label": say("steps") });
  const code = make("pre", { tabindex: "0" });
  const copied = make("button", { class: "wb-link", type: "button", text: say("copy"), onclick: copy });
  const panel = make("div", { class: "wb-code", hidden: true }, make("div", { class: "wb-row" },
    make("span", { class: "wb-note", style: "margin:0;flex:1", text: say("code_note") }), copied), code);
  const gone = make("p", { class: "wb-note wb-gone", role: "alert", hidden: true });
  const offers = make("div", { class: "wb-offers" });
  const root = make("div", { class: "wb wb-head" }, make("div", { class: "wb-top" }, make("b", { text: say("title") }), state, run,
    make("span", { class: "wb-grow" }), device, button), gone, offers, tabs, panel);
  el.replaceChildren(root);
  let back = null;
  const refocus = keepFocus(root, ["data-tab", "data-attach"], () => tabs.querySelector("[aria-selected=true]"));

  function toggle() {
    panel.hidden = !panel.hidden;
    button.setAttribute("aria-expanded", String(!panel.hidden));
  }
  async function copy() {
    try { await navigator.clipboard.writeText(model.get("code")); copied.textContent = say("copied"); } catch {
      getSelection().selectAllChildren(code); // no clipboard here: selected, to be copied by hand
    }
    setTimeout(() => (copied.textContent = say("copy")), 1500);
  }
  function turn(tab) {
    model.set("tab", tab);
    model.save_changes();
    place();
  }

  /** Which panel the page shows; the app's own element may come after this one. */
  function place() {
    const app = root.closest(".wb-app");
    if (app) app.dataset.tab = model.get("tab");
    [...tabs.children].forEach((tab, i) => {
      tab.setAttribute("aria-selected", String(i === model.get("tab")));
      tab.tabIndex = i === model.get("tab") ? 0 : -1;
    });
  }

  /** The tabs stay the same elements, so that neither a slow click nor the keyboard loses one. */
  function showSteps() {
    model.get("steps").forEach(([name, about], i) => {
      const tab = tabs.children[i] || tabs.appendChild(make("button", { role: "tab", type: "button", "data-tab": i, onclick: () => turn(i) },
        make("span"), make("small", { dir: "auto" })));
      const text = i + 1 + " " + name;
      if (tab.firstChild.textContent !== text) tab.firstChild.textContent = text;
      if (tab.lastChild.textContent !== about) tab.lastChild.textContent = tab.title = about;
    });
  }

  /** Runs that go on and are shown nowhere: what a person who comes back looks for. */
  function showOffers() {
    offers.replaceChildren(...model.get("offers").map(([path, text]) => make("p", { class: "wb-note wb-offer", role: "status" },
      make("span", { dir: "auto", text: text + " " }),
      make("button", { class: "wb-link", type: "button", "data-attach": path, text: say("attach"), onclick: () => model.send({ attach: path }) }))));
    refocus();
  }

  function show() {
    showSteps();
    const name = model.get("state");
    state.replaceChildren(make("i", { class: "wb-lamp", "data-state": name }), model.get("state_text"));
    state.hidden = !name;
    run.textContent = model.get("run");
    run.title = model.get("run");
    run.hidden = !run.textContent;
    device.textContent = model.get("device");
    device.hidden = !device.textContent;
    code.textContent = model.get("code");
    place();
  }
  onKeys(tabs, "tabs", (what) => {
    const to = led(what, model.get("tab"), tabs.children.length, true);
    if (to === undefined) return false;
    turn(to);
    tabs.children[to].focus();
  });
  const redraw = batched(() => { show(); back?.show(); }), redrawOffers = batched(showOffers);
  const unoffer = listen(model, ["offers"], redrawOffers);
  const unwatch = onGone(model, (is) => {
    gone.textContent = is ? say("gone") : "";
    gone.hidden = !is;
    root.dataset.gone = String(is);
  });
  const unlisten = listen(model, ["steps", "state", "state_text", "run", "device", "code", "tab"], redraw);
  const active = () => ["queued", "running", "paused"].includes(model.get("state")) || model.get("offers").length > 0;
  const about = () => say("back") + (model.get("state_text") ? ": " + model.get("state_text") + [model.get("steps")[2]?.[1]].filter(Boolean).map((t) => " · " + t).join("") : "");
  let closed = false;
  const begin = () => { place(); if (!back && !closed && root.isConnected) back = wayBack(root, about, active); };
  show();
  showOffers();
  for (const ms of [0, 50, 300, 1500]) setTimeout(begin, ms); // until the page has put it in
  return () => { closed = true; back?.stop(); unlisten(); unoffer(); unwatch(); };
}
export default { render: dressed(render) };
