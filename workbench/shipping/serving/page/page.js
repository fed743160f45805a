// The page of a server: what is typed is asked, what comes is shown as text and never as markup.

const at = (id) => document.getElementById(id);
const says = JSON.parse(document.querySelector("main").dataset.says);
const say = (key, values = {}) =>
  says[key].replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

let token = "";
let models = [];
let talk = []; // messages of the conversation
let asking = null; // what stops the request that is under way

const chosen = () => models[at("model").selectedIndex];

function made(kind, about = {}, ...parts) {
  const node = Object.assign(document.createElement(kind), about);
  node.append(...parts);
  return node;
}

async function request(path, body, signal) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  if (body) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, {
    method: body ? "POST" : "GET", headers, signal, body: body && JSON.stringify(body),
  });
  if (answer.ok) return answer;
  if (answer.status === 401) {
    at("lock").hidden = false;
    at("token").focus();
    if (!token) throw new DOMException(say("locked"), "AbortError"); // nothing is wrong yet
  }
  const told = await answer.json().catch(() => null);
  throw new Error(told?.error?.message ?? say("failed", { status: answer.status }));
}

async function* events(answer) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const found = (text + part.value).split("\n\n");
    text = found.pop();
    for (const one of found) {
      if (one === "data: [DONE]") continue;
      const value = JSON.parse(one.slice("data: ".length));
      if (value.error) throw new Error(value.error.message);
      yield value;
    }
  }
}

// What is under way -----------------------------------------------------------------------------
async function work(status, job) {
  if (asking) return;
  asking = new AbortController();
  at("fault").textContent = "";
  at("status").textContent = status;
  busy(true);
  try {
    await job(asking.signal);
  } catch (error) {
    if (error.name !== "AbortError") at("fault").textContent = said(error);
  } finally {
    asking = null;
    at("status").textContent = "";
    busy(false);
  }
}

const said = (error) => (error instanceof TypeError ? say("gone") : error.message);

function busy(now) {
  for (const id of ["send", "explain", "anew", "model"]) at(id).disabled = now;
  at("stop").hidden = !now;
}

// What is asked ---------------------------------------------------------------------------------
async function load() {
  await work(say("loading"), async (signal) => {
    models = (await (await request("/models", null, signal)).json()).models;
    at("lock").hidden = true;
    at("tool").hidden = false;
    at("model").replaceChildren(...models.map((one) => made("option", { textContent: one.name })));
    at("which").hidden = models.length < 2;
    choose();
  });
  document.querySelector("main").dataset.ready = String(models.length > 0);
}

function choose() {
  const one = chosen();
  at("about").textContent = `${one.name}: ${one.title}`;
  at("explain").hidden = !one.explains || one.writes;
  at("anew").hidden = !one.talks;
  const columns = one.talks ? [say("message")] : one.columns.length ? one.columns : [say("text")];
  at("fields").replaceChildren(...columns.flatMap((name, n) => [
    made("label", { htmlFor: `field-${n}`, textContent: name }),
    made("textarea", { id: `field-${n}`, dir: "auto", spellcheck: false }),
  ]));
  anew();
}

function anew() {
  talk = [];
  at("turns").replaceChildren();
  at("turns").hidden = true;
  at("answer").hidden = true;
  at("fault").textContent = "";
}

function typed() {
  const values = [...at("fields").querySelectorAll("textarea")].map((one) => one.value);
  const { columns } = chosen();
  if (columns.length < 2) return values[0];
  return Object.fromEntries(columns.map((name, n) => [name, values[n]]));
}

async function ask() {
  const one = chosen();
  if (!at("fields").querySelector("textarea").value.trim()) {
    at("fault").textContent = say("nothing");
    at("field-0").focus();
  } else if (one.talks) {
    await work(say("writing"), speak);
  } else {
    await work(say(one.writes ? "writing" : "asking"), one.writes ? write : predict);
  }
}

async function predict(signal) {
  const answer = await request("/predict", { model: chosen().name, input: typed() }, signal);
  show(await answer.json());
}

async function write(signal) {
  const answer = await request("/predict/stream", { model: chosen().name, input: typed() }, signal);
  show({ prediction: "" });
  for await (const value of events(answer)) {
    if (value.answer) show(value.answer);
    else at("prediction").textContent += value.more;
  }
}

async function speak(signal) {
  const box = at("field-0");
  const messages = [...talk, { role: "user", content: box.value }];
  const body = { model: chosen().name, messages, stream: true };
  const answer = await request("/v1/chat/completions", body, signal);
  turn("user", box.value);
  const reply = turn("assistant", "");
  box.value = "";
  talk = messages;
  let notes = [];
  try {
    for await (const value of events(answer)) {
      reply.textContent += value.choices[0]?.delta.content ?? "";
      notes = value.notes ?? notes;
    }
  } finally { // one that was stopped stays as far as it is written
    if (reply.textContent) talk = [...talk, { role: "assistant", content: reply.textContent }];
    else talk = talk.slice(0, -1);
    reply.parentNode.append(...notes.map((note) => made("p", { className: "soft", textContent: note })));
  }
}

function turn(role, text) {
  const body = made("div", { className: "said", dir: "auto", textContent: text });
  at("turns").append(made("li", { className: role },
    made("div", { className: "who", textContent: say(role) }), body));
  at("turns").hidden = false;
  return body;
}

async function explain(signal) {
  await predict(signal); // of what is typed now
  const body = { model: chosen().name, input: typed() };
  const found = await (await request("/explain", body, signal)).json();
  const strongest = Math.max(...found.parts.map((one) => Math.abs(one.score ?? 0)), 1e-12);
  at("marks").replaceChildren(...found.parts.map((one) => {
    const share = Math.abs(one.score ?? 0) / strongest;
    const mark = made("span", { textContent: one.text, className: one.score < 0 ? "against" : "for" });
    mark.title = (one.score ?? 0).toPrecision(3);
    mark.style.setProperty("--share", share.toFixed(3));
    return mark;
  }));
  at("parts").hidden = false;
}

// What is answered ------------------------------------------------------------------------------
function show(answer) {
  const { prediction, scores, notes = [] } = answer;
  at("answer").hidden = false;
  at("parts").hidden = true;
  at("prediction").textContent = Array.isArray(prediction) && prediction.every((one) => typeof one === "string")
    ? prediction.join(", ") || say("none")
    : typeof prediction === "string" ? prediction : JSON.stringify(prediction ?? null);
  at("notes").replaceChildren(...notes.map((note) => made("li", { textContent: note })));
  at("scores").hidden = !scores;
  const rows = Object.entries(scores ?? {}).sort((one, other) => other[1] - one[1]);
  at("scores").querySelector("tbody").replaceChildren(...rows.map(([name, score]) => {
    const bar = made("span");
    bar.style.width = `${100 * Math.min(1, Math.max(0, score ?? 0))}%`;
    return made("tr", {}, made("th", { scope: "row", dir: "auto", textContent: name }),
      made("td", {}, made("div", { className: "share" },
        made("div", { className: "bar", ariaHidden: "true" }, bar), (score ?? NaN).toFixed(3))));
  }));
  at("all").hidden = !answer.model;
  at("all").querySelector("pre").textContent = JSON.stringify(answer, null, 2);
}

// What hands do ---------------------------------------------------------------------------------
at("ask").addEventListener("submit", (event) => { event.preventDefault(); ask(); });
at("ask").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) ask();
});
at("lock").addEventListener("submit", (event) => {
  event.preventDefault();
  token = at("token").value.trim();
  load();
});
at("model").addEventListener("change", choose);
at("stop").addEventListener("click", () => asking?.abort());
at("anew").addEventListener("click", () => { anew(); at("field-0").focus(); });
at("explain").addEventListener("click", () => work(say("explaining"), explain));
load();
