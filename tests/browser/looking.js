/* What looking.py asks a page. Lines are as long as those of the widgets' own scripts. */
({
  faults: ([selector, apart]) => {
    const found = [], root = document.querySelector(selector);
    const name = (e) => (e.tagName + "." + e.className + " " + (e.textContent || e.value || "").trim().slice(0, 60));
    const seen = (e) => e.getClientRects().length && e.checkVisibility() && getComputedStyle(e).visibility !== "hidden" && !e.closest(".wb-hidden");
    const edge = root.getBoundingClientRect().right + 1;
    const parts = (c) => { // rgb(), rgba() and what color-mix() comes out as: color(srgb r g b / a)
      const n = (c.match(/[\d.]+(e-\d+)?/g) || [0, 0, 0, 0]).map(Number);
      return c.startsWith("color(") ? [...n.slice(0, 3).map((v) => 255 * v), n[3]] : n;
    };
    const over = (a, b) => { const k = a[3] === undefined ? 1 : a[3]; return [0, 1, 2].map((i) => a[i] * k + b[i] * (1 - k)); };
    const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const ground = (e) => {
      const layers = [];
      for (let at = e; at; at = at.parentElement) {
        const c = parts(getComputedStyle(at).backgroundColor);
        if (c[3] === 0) continue;
        layers.push(c);
        if (c[3] === undefined || c[3] === 1) break;
      }
      return layers.reverse().reduce((below, c) => over(c, below), [255, 255, 255]);
    };
    for (const e of root.querySelectorAll(".wb, .wb *, .jupyter-widgets, .jupyter-widgets *")) {
      if (!seen(e) || e.closest("svg, canvas, iframe")) continue;
      const style = getComputedStyle(e), box = e.getBoundingClientRect();
      if (!e.closest(apart) && box.right > edge) found.push("outside: " + name(e));
      const words = [...e.childNodes].filter((n) => n.nodeType === 3 && n.data.trim());
      const own = words.length || (e.matches("select, textarea, input:not([type=range], [type=checkbox], [type=file])") && e.value);
      if (!own) continue;
      const dotted = style.textOverflow === "ellipsis" && !/flex|grid/.test(style.display); // no dots there
      const told = e.closest("[title]")?.title && (dotted || style.textOverflow !== "ellipsis");
      if (!e.matches("textarea, input") && /hidden|clip/.test(style.overflowX) && e.scrollWidth > e.clientWidth + 1 && !told)
        found.push("cut: " + name(e));
      if (e.tagName === "SELECT" && !e.multiple) {
        const probe = document.createElement("canvas").getContext("2d");
        probe.font = style.font;
        const wide = probe.measureText(e.selectedOptions[0]?.text || "").width;
        if (wide > e.clientWidth - parseFloat(style.paddingLeft) - 14) found.push("cut: " + name(e) + " = " + e.selectedOptions[0]?.text);
      }
      if (e.closest(":disabled, [aria-disabled=true]") || style.opacity < 0.05) continue;
      let faint = 1;
      for (let at = e; at && at !== root; at = at.parentElement) faint *= getComputedStyle(at).opacity;
      const below = ground(e), ink = parts(style.color);
      const [a, b] = [light(over([ink[0], ink[1], ink[2], (ink[3] === undefined ? 1 : ink[3]) * faint], below)), light(below)];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.6 && style.fontWeight >= 700);
      if (ratio < (large ? 3 : 4.5)) found.push(`faint (${ratio.toFixed(2)}): ` + name(e));
    }
    for (const e of root.querySelectorAll(".wb svg text")) { // what is beyond a picture's edge is not drawn
      const box = e.getBoundingClientRect(), svg = e.ownerSVGElement.getBoundingClientRect();
      if (seen(e) && e.textContent.trim() && (box.left < svg.left - 1 || box.right > svg.right + 1 || box.top < svg.top - 2 || box.bottom > svg.bottom + 2))
        found.push("cut in a picture: " + e.textContent);
    }
    const can = "a[href], button, input, select, textarea, summary, [tabindex], iframe";
    for (const e of root.querySelectorAll(".wb *")) {
      if (!seen(e) || getComputedStyle(e).cursor !== "pointer" || e.closest(":disabled")) continue;
      const at = e.closest(can) || e.closest("label")?.querySelector(can) || e.closest("label")?.control;
      const inside = e.closest("[role=listbox], [role=tablist], [role=grid], [role=group]");
      if (!at && !inside?.matches("[tabindex], :has([tabindex='0'])")) found.push("by mouse alone: " + name(e));
    }
    for (const e of root.querySelectorAll(".wb " + can.split(", ").join(", .wb "))) {
      if (!seen(e) || e.matches(":disabled, iframe")) continue;
      const named = e.getAttribute("aria-label") || e.getAttribute("aria-labelledby") || e.textContent.trim()
        || e.labels?.length || e.title || e.getAttribute("alt");
      if (!named) found.push("without a name: " + e.outerHTML.slice(0, 120));
    }
    return [...new Set(found)];
  },

  at: selector => {
    const e = document.activeElement, root = document.querySelector(selector);
    if (!e || !root.contains(e)) return null;
    if (!e.dataset.stop) e.dataset.stop = String((window.__stops = (window.__stops || 0) + 1));
    const style = getComputedStyle(e);
    const marked = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== "none"
      || [...e.querySelectorAll("*")].slice(0, 3).concat(e.parentElement).some((x) => getComputedStyle(x).outlineStyle !== "none")
      || e.tagName === "IFRAME";
    const box = e.getBoundingClientRect(), cut = new Set(), out = parseFloat(style.outlineOffset) + 1;
    if (style.outlineStyle !== "none") for (let over = e.parentElement; over && root.contains(over); over = over.parentElement) {
      if (getComputedStyle(over).overflow === "visible") continue;
      const edge = over.getBoundingClientRect();
      for (const [side, inside] of [["left", box.left - out >= edge.left], ["right", box.right + out <= edge.right],
        ["top", box.top - out >= edge.top], ["bottom", box.bottom + out <= edge.bottom]]) if (!inside) cut.add(side);
    }
    return {cut: cut.size, stop: e.dataset.stop, marked, name: e.outerHTML.slice(0, 110),
            seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight};
  },

  stops: selector => [...document.querySelector(selector).querySelectorAll(
      "a[href], button, input, select, textarea, summary, [tabindex='0']")].filter((e) =>
      e.getClientRects().length && e.checkVisibility() && !e.disabled && e.tabIndex >= 0 && e.type !== "radio"
      && getComputedStyle(e).visibility !== "hidden" && !e.dataset.stop).map((e) => e.outerHTML.slice(0, 110)),
})
