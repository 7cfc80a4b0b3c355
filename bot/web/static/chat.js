// The chat page, live. The page works without this: forms post, and the answer is a page.
// Words of people are only ever put in as text.
"use strict";

(() => {
  const html = document.documentElement;
  const { body } = document;
  const $ = (id) => document.getElementById(id);
  const log = $("log").firstElementChild;
  const head = document.querySelector(".top");
  const [typing, choices, say, field, picker, notice, jump] =
    ["typing", "choices", "say", "text", "files", "notice", "jump"].map($);
  const limit = Number(body.dataset.limit);
  const shelf = `waiting:${body.dataset.chat}:`;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  let words = JSON.parse(body.dataset.words);
  let last = Number(body.dataset.last);
  let expects = body.dataset.expects;
  let firstNew = null;
  let uploads = 0;
  let agreed = Boolean(body.dataset.agreed);
  let held = [];

  // crypto.randomUUID is missing on a page that came over plain http.
  const freshKey = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");

  const fill = (text, values) =>
    Object.entries(values).reduce((done, [name, value]) => done.replace(`{${name}}`, value), text);

  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== undefined && value !== "") made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
  }

  // ---- a message, as in _bubble.html ----------------------------------------------------------

  function bubble(m) {
    const item = element("li", { class: m.sender, "data-id": m.id });
    if (m.sender === "person") item.append(element("p", { class: "who" }, m.who));
    else item.append(element("span", { class: "quiet" }, m.sender === "you" ? words.from_you : words.from_assistant));
    for (const { src, alt, width, height, kind } of m.pictures) {
      item.append(element("img", { class: kind, src, alt, width, height, loading: "lazy", decoding: "async" }));
    }
    if (m.text) {
      const said = element("div", { class: "words", dir: "auto", lang: m.lang });
      for (const part of m.parts) {
        said.append(part.href ? element("a", { href: part.href, rel: "noopener noreferrer" }, part.text) : part.text);
      }
      item.append(said);
    }
    if (m.files.length) item.append(fileList(m.files));
    const when = element("p", { class: "when" });
    if (m.sender === "you") {
      when.append(element("span", { class: "tick", "aria-hidden": "true" }, "✓"), element("span", { class: "quiet" }, words.saved));
    }
    when.append(element("time", { datetime: m.at }));
    item.append(when);
    return item;
  }

  function fileList(files) {
    const list = element("ul", { class: "files" });
    for (const file of files) {
      const line = element("li", {}, element("bdi", {}, file.name));
      if (file.size) line.append(" ", element("span", {}, file.size));
      list.append(line);
    }
    return list;
  }

  function tellTimes(within) {
    const format = new Intl.DateTimeFormat(html.lang, { hour: "numeric", minute: "2-digit" });
    const withDay = new Intl.DateTimeFormat(html.lang, { day: "numeric", month: "short", hour: "numeric", minute: "2-digit" });
    for (const time of within.querySelectorAll("time")) {
      const at = new Date(time.dateTime);
      const today = at.toDateString() === new Date().toDateString();
      time.textContent = (today ? format : withDay).format(at);
    }
  }

  function sizeInWords(bytes) {
    const [unit, per] = bytes < 1e6 ? ["kilobyte", 1e3] : bytes < 1e9 ? ["megabyte", 1e6] : ["gigabyte", 1e9];
    const format = new Intl.NumberFormat(html.lang, { style: "unit", unit, maximumFractionDigits: unit === "gigabyte" ? 1 : 0 });
    return format.format(Math.max(bytes / per, unit === "kilobyte" ? 1 : 0));
  }

  // ---- what is in view ------------------------------------------------------------------------

  const below = () => html.scrollHeight - innerHeight - scrollY;

  // The newest is in view; of an answer longer than the screen, its beginning.
  function settle(smooth = true) {
    const top = firstNew ? firstNew.getBoundingClientRect().top + scrollY - head.offsetHeight - 12 : Infinity;
    jump.hidden = true;
    scrollTo({ top: Math.min(html.scrollHeight, top), behavior: smooth && !calm.matches ? "smooth" : "auto" });
  }

  function add(item, follow) {
    const near = below() < 200;
    item.classList.add("new");
    tellTimes(item);
    const own = item.classList.contains("you");
    if (own && !item.dataset.id) log.append(item);
    // What is still being sent stays last.
    else log.insertBefore(item, log.querySelector(":scope > li:not([data-id])"));
    if (own) firstNew = null;
    else firstNew = firstNew || item;
    if (follow || near) settle();
    else if (!own) jump.hidden = false;
  }

  // Who reads the newest goes on reading it when something above or below it grows.
  function keepInView(change) {
    const near = below() < 200;
    change();
    if (near && below() > 1) settle(false);
  }

  function tell(text) {
    if (notice.textContent !== text) keepInView(() => { notice.textContent = text; });
  }

  function hint() {
    field.placeholder = words[{ choice: "hint_choice", files: "hint_files" }[expects] || "hint_text"];
  }

  function offer(message) {
    const form = choices.firstElementChild;
    form.querySelectorAll("button").forEach((button) => button.remove());
    for (const [id, label] of message.choices) {
      form.append(element("button", { name: "choice", value: id, lang: message.lang }, label));
    }
    choices.hidden = !message.choices.length;
    expects = message.expects;
    hint();
  }

  // The page greets before there is a chat. The chat begins with the same words: they stay where they
  // are, and aren't read out again.
  function isGreeting(message) {
    const greeting = log.querySelector('li[data-id="0"]');
    if (!greeting || message.sender === "you") return false;
    if (greeting.querySelector(".words").textContent !== message.text) {
      greeting.remove();
      return false;
    }
    greeting.dataset.id = message.id;
    greeting.querySelector("time").dateTime = message.at;
    tellTimes(greeting);
    return true;
  }

  function show(message) {
    if (message.id <= last) return;
    last = message.id;
    if (isGreeting(message)) return;
    // Looked at before the answers to choose from make the page longer.
    const near = below() < 200;
    const mine = message.key && log.querySelector(`li[data-key="${CSS.escape(message.key)}"]`);
    if (mine) mine.remove();
    const forget = message.key && message.sender === "you";
    if (forget) unshelve(message.key);
    if (message.sender !== "you") {
      busy(false);
      if (message.choices.length || message.expects !== "nothing") offer(message);
      else if (choices.querySelector("button")) choices.hidden = false;
    }
    add(bubble(message), Boolean(mine) || near);
  }

  let typingTimer = 0;
  function busy(on) {
    clearTimeout(typingTimer);
    const near = below() < 200;
    typing.hidden = !on;
    if (!on) return;
    typingTimer = setTimeout(busy, 45000, false);
    if (near) settle();
  }

  // ---- sending words --------------------------------------------------------------------------
  // What was written is put on the shelf (localStorage) before it is sent and taken off when the
  // server has it. A second sending with the same key is known as the same message.

  let memory = new Map();
  let sendingNow = false;
  let wait = 1000;
  let retryTimer = 0;

  function shelve(item) {
    memory.set(item.key, item);
    try { localStorage.setItem(shelf + item.key, JSON.stringify(item)); } catch { /* full or forbidden */ }
  }

  function unshelve(key) {
    memory.delete(key);
    try { localStorage.removeItem(shelf + key); } catch { /* forbidden */ }
  }

  function unsent() {
    const found = [];
    try {
      for (const name of Object.keys(localStorage)) {
        if (name.startsWith(shelf)) found.push(JSON.parse(localStorage.getItem(name)));
        // Words of another conversation, which this browser no longer holds, are nobody's any more.
        else if (name.startsWith("waiting:")) localStorage.removeItem(name);
      }
    } catch { /* forbidden */ }
    return found.sort((a, b) => a.at - b.at);
  }

  function ownBubble(key, ...children) {
    const state = element("p", { class: "when", "aria-live": "off" });
    const item = element("li", { class: "you", "data-key": key }, element("span", { class: "quiet" }, words.from_you), ...children, state);
    return item;
  }

  function mark(key, text, className = "when") {
    const state = log.querySelector(`li[data-key="${CSS.escape(key)}"] > p:last-of-type`);
    if (state) keepInView(() => { state.textContent = text; state.className = className; });
  }

  function write(item) {
    shelve(item);
    if (notice.textContent !== words.offline) tell("");
    const said = element("div", { class: "words", dir: "auto" }, item.label || item.text);
    add(ownBubble(item.key, said), true);
    mark(item.key, words.sending);
    flush();
  }

  async function deliver(item) {
    const form = new FormData();
    form.set("key", item.key);
    if (item.choice) form.set("choice", item.choice);
    if (item.text) form.set("text", item.text);
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), 20000);
    try {
      return await fetch("/send", { method: "POST", body: form, headers: { Accept: "application/json" }, signal: stop.signal });
    } finally {
      clearTimeout(timer);
    }
  }

  const passing = (status) => status >= 500 || status === 408 || status === 429;

  async function flush() {
    clearTimeout(retryTimer);
    if (sendingNow) return;
    sendingNow = true;
    try {
      while (memory.size) {
        const item = memory.values().next().value;
        const answer = await deliver(item);
        if (passing(answer.status)) throw new Error(answer.status);
        unshelve(item.key);
        if (answer.ok) {
          mark(item.key, "✓ " + words.saved);
          // Where the answer was quicker than this one, it is in the log already.
          if (log.querySelector(`li[data-key="${CSS.escape(item.key)}"]`)) busy(true);
        } else {
          const { error } = await answer.json().catch(() => ({}));
          mark(item.key, error || words.refused, "trouble");
          if (!field.value && item.text) { field.value = item.text; grow(); }
          choices.hidden = !choices.querySelector("button");
        }
        wait = 1000;
      }
    } catch {
      for (const item of memory.values()) {
        mark(item.key, words.waiting);
        if (item.urgent) tell(words.urgent_offline);
      }
      retryTimer = setTimeout(flush, wait);
      wait = Math.min(wait * 2, 15000);
    } finally {
      sendingNow = false;
    }
  }

  // ---- forms ----------------------------------------------------------------------------------

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.getAttribute("action") !== "/send") return;
    event.preventDefault();
    const pressed = event.submitter && event.submitter.name ? event.submitter : null;
    const item = { key: freshKey(), at: Date.now(), text: "", choice: "", label: "" };
    if (pressed && pressed.name === "choice") {
      item.choice = pressed.value;
      item.label = pressed.textContent;
      item.urgent = pressed.value.startsWith("emergency:");
    } else if (pressed) {
      item.text = pressed.value;
      item.label = pressed.textContent;
    } else {
      item.text = field.value.trim();
      if (!item.text) { field.focus(); return; }
      field.value = "";
      grow();
    }
    const menu = form.closest("details");
    if (menu) menu.open = false;
    if (choices.contains(form)) choices.focus({ preventScroll: true });
    else if (!pressed) field.focus();
    choices.hidden = true;
    write(item);
  });

  function grow() {
    if (CSS.supports("field-sizing", "content")) return;
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight + 4}px`;
  }

  const draft = `draft:${body.dataset.chat}`;
  field.addEventListener("input", () => {
    grow();
    try { sessionStorage.setItem(draft, field.value); } catch { /* forbidden */ }
  });
  say.addEventListener("submit", () => { try { sessionStorage.removeItem(draft); } catch { /* forbidden */ } });
  field.addEventListener("keydown", (event) => {
    // On a phone the Enter key starts a new line, as everywhere there.
    const typed = event.key === "Enter" && !event.shiftKey && !event.isComposing;
    if (typed && matchMedia("(pointer: fine)").matches) { event.preventDefault(); say.requestSubmit(); }
  });

  const menu = document.querySelector(".menu");
  document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) { menu.open = false; menu.firstElementChild.focus(); }
  });
  // Who has scrolled down by hand has seen what is new.
  addEventListener("scroll", () => { if (below() < 2) jump.hidden = true; }, { passive: true });
  jump.addEventListener("click", () => { settle(); choices.focus({ preventScroll: true }); });

  // ---- files ----------------------------------------------------------------------------------

  function take(list) {
    const files = [...list];
    const wrong = files.map((file) => trouble(file)).filter(Boolean);
    tell(wrong.join(" "));
    const good = files.filter((file) => !trouble(file));
    if (good.length) upload(good, freshKey());
  }

  function trouble(file) {
    if (!file.size) return fill(words.empty_file, { name: file.name });
    if (file.size > limit) return fill(words.too_large, { name: file.name, limit: sizeInWords(limit) });
    return "";
  }

  function upload(files, key) {
    const shown = files.slice(0, 4).map((file) => ({ name: file.name, size: sizeInWords(file.size) }));
    const list = fileList(shown);
    if (files.length > 4) list.append(element("li", {}, fill(words.more_files, { count: files.length - 4 })));
    const bar = element("progress", { max: "100", value: "0" });
    const tools = element("div", { class: "line" });
    const item = ownBubble(key, list, bar);
    item.append(tools);
    add(item, true);
    if (agreed) attempt(); else hold();

    // Before somebody agrees nothing is kept: the files stay in their browser until then.
    function hold() {
      const go = () => attempt();
      held.push(go);
      bar.hidden = true;
      mark(key, words.after_yes);
      tools.replaceChildren(button(words.remove, () => {
        held = held.filter((other) => other !== go);
        item.remove();
      }));
      settle();
    }

    function button(label, act) {
      const made = element("button", { type: "button" }, label);
      made.addEventListener("click", act);
      return made;
    }

    async function attempt(again = false) {
      uploads += 1;
      bar.hidden = false;
      progress(0);
      const awake = await stayAwake();
      const known = again && await arrived(key);
      if (known) { done(); settleUpload(awake); return; }
      const form = new FormData();
      form.set("key", key);
      for (const file of files) form.append("files", file, file.name);
      const request = new XMLHttpRequest();
      request.open("POST", "/send");
      request.setRequestHeader("Accept", "application/json");
      request.responseType = "json";
      request.upload.onprogress = (event) => progress(event.total ? (event.loaded / event.total) * 100 : 0);
      request.onload = () => {
        if (request.status >= 200 && request.status < 300) done();
        else failed((request.response && request.response.error) || words.upload_lost);
      };
      request.onerror = () => failed(words.upload_lost);
      request.onabort = () => failed(words.upload_stopped);
      request.onloadend = () => settleUpload(awake);
      request.send(form);
      tools.replaceChildren(button(words.stop, () => request.abort()));
      settle();
    }

    function settleUpload(awake) {
      uploads -= 1;
      if (awake) awake.release().catch(() => {});
    }

    function progress(percent) {
      bar.value = percent;
      const figure = new Intl.NumberFormat(html.lang, { style: "percent" }).format(Math.floor(percent) / 100);
      const text = fill(words.uploading, { percent: figure });
      bar.setAttribute("aria-label", text);
      mark(key, text);
    }

    function done() {
      bar.hidden = true;
      tools.remove();
      mark(key, "✓ " + words.upload_done);
      busy(true);
    }

    function failed(text) {
      bar.hidden = true;
      mark(key, text, "trouble");
      tools.replaceChildren(
        button(words.again, () => attempt(true)),
        button(words.remove, () => item.remove()),
      );
      settle();
    }
  }

  // Whether the server has it although its answer was lost on the way.
  async function arrived(key) {
    try {
      return (await fetch(`/sent?key=${key}`)).status === 200;
    } catch {
      return false;
    }
  }

  // A phone that falls asleep cuts the connection.
  async function stayAwake() {
    try { return await navigator.wakeLock.request("screen"); } catch { return null; }
  }

  picker.addEventListener("change", () => { take(picker.files); picker.value = ""; });
  addEventListener("beforeunload", (event) => { if (uploads || held.length) event.preventDefault(); });
  field.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length) { event.preventDefault(); take(event.clipboardData.files); }
  });
  const carriesFiles = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
  addEventListener("dragover", (event) => { if (carriesFiles(event)) { event.preventDefault(); $("drop").hidden = false; } });
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) $("drop").hidden = true; });
  addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    $("drop").hidden = true;
    take(event.dataTransfer.files);
  });

  // ---- listening ------------------------------------------------------------------------------

  let source = null;
  let lostTimer = 0;

  function listen() {
    if (source) source.close();
    source = new EventSource(`/events?after=${last}&locale=${html.lang}&number=${words.urgent_known}`);
    source.onopen = () => {
      clearTimeout(lostTimer);
      lostTimer = 0;
      if ([words.offline, words.urgent_offline].includes(notice.textContent)) tell("");
      flush();
    };
    source.onmessage = (event) => show(JSON.parse(event.data));
    source.addEventListener("busy", (event) => busy(event.data === "yes"));
    source.addEventListener("agreed", (event) => {
      agreed = event.data === "yes";
      if (agreed) for (const go of held.splice(0)) go();
    });
    source.addEventListener("words", (event) => speak(JSON.parse(event.data)));
    source.addEventListener("gone", () => location.reload());
    source.onerror = () => {
      if (!lostTimer) lostTimer = setTimeout(() => { busy(false); if (!notice.textContent) tell(words.offline); }, 4000);
      if (source.readyState === EventSource.CLOSED) setTimeout(listen, 3000);
    };
  }

  // The patient has chosen another language: the page follows.
  function speak(spoken) {
    ({ words } = spoken);
    html.lang = spoken.locale;
    html.dir = spoken.direction;
    document.title = words.title;
    for (const node of document.querySelectorAll("[data-w]")) node.textContent = words[node.dataset.w];
    head.querySelector(".urgent a").href = `tel:${words.urgent_number}`;
    for (const node of document.querySelectorAll("[data-w-label]")) node.setAttribute("aria-label", words[node.dataset.wLabel]);
    for (const node of log.querySelectorAll(":scope > li:not(.person) > .quiet:first-child")) {
      node.textContent = node.parentElement.classList.contains("you") ? words.from_you : words.from_assistant;
    }
    hint();
    tellTimes(log);
  }

  addEventListener("online", () => { listen(); flush(); });
  let asleep = 0;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(asleep);
    if (document.hidden) asleep = setTimeout(() => { if (!uploads) source.close(); }, 60000);
    else if (source.readyState === EventSource.CLOSED) listen();
  });
  addEventListener("pageshow", (event) => { if (event.persisted) listen(); });

  // ---- the beginning --------------------------------------------------------------------------

  history.scrollRestoration = "manual";
  tellTimes(document);
  try { field.value = field.value || sessionStorage.getItem(draft) || ""; } catch { /* forbidden */ }
  grow();
  busy(body.dataset.busy === "yes");
  firstNew = [...log.querySelectorAll(".you")].pop()?.nextElementSibling || log.firstElementChild;
  for (const item of unsent()) write(item);
  settle(false);
  listen();
})();
