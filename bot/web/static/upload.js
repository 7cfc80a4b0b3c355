// The upload page: files go by the tus protocol, and go on where they stopped, here or after the
// page was closed. Without the protocol's client, or without scripts, the plain form does it.
"use strict";
(() => {
  const { body, documentElement: html } = document;
  if (!window.tus || !tus.isSupported) return;
  const $ = (id) => document.getElementById(id);
  const words = JSON.parse(body.dataset.words);
  const limit = Number(body.dataset.limit);
  const shelf = `upload:${body.dataset.link}:`;
  const SMALL = 8 * 1024 * 1024;
  const LOOSE = 20;

  body.classList.add("scripted");
  for (const node of document.querySelectorAll(".scripted[hidden]")) node.hidden = false;

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  const unit = (name, digits) => new Intl.NumberFormat(html.lang, { style: "unit", unit: name, maximumFractionDigits: digits });
  function size(bytes) {
    for (const [name, factor] of [["gigabyte", 1e9], ["megabyte", 1e6], ["kilobyte", 1e3]]) {
      if (bytes >= factor) return unit(name, bytes < 10 * factor ? 1 : 0).format(bytes / factor);
    }
    return unit("byte", 0).format(bytes);
  }
  function time(seconds) {
    if (seconds < 90) return unit("second", 0).format(Math.max(5, Math.ceil(seconds / 5) * 5));
    if (seconds < 5400) return unit("minute", 0).format(Math.ceil(seconds / 60));
    return unit("hour", 1).format(seconds / 3600);
  }
  function element(name, attributes, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  }

  // ---- what is on its way ---------------------------------------------------------------------

  const items = new Set();       // Every file of this page: waiting, sending, failed or here.
  const batches = new Set();
  let paused = false;
  let awake = null;
  let began = 0;
  let beganAt = 0;

  const total = () => [...items].reduce((sum, item) => sum + item.file.size, 0);
  const sent = () => [...items].reduce((sum, item) => sum + item.sent, 0);
  const open = () => [...items].filter((item) => item.state !== "here");
  const running = () => [...items].filter((item) => item.state === "sending");

  function tell(text) { if ($("notice").textContent !== text) $("notice").textContent = text; }

  let painting = false;
  function paint() {
    if (painting) return;
    painting = true;
    requestAnimationFrame(() => {
      painting = false;
      const all = total(), done = sent();
      $("sending").hidden = !items.size;
      $("bar").value = all ? (done / all) * 100 : 100;
      const pace = (done - began) / ((Date.now() - beganAt) / 1000);
      const rest = pace > 0 && done < all && !paused && Date.now() - beganAt > 4000 ? fill(words.left, { time: time((all - done) / pace) }) : "";
      $("state").textContent = [fill(words.state, { done: size(done), total: size(all) }), rest].filter(Boolean).join(" · ");
      for (const batch of batches) batch.paint();
      $("pause").hidden = !open().length;
      $("done").hidden = Boolean(open().length) || !items.size;
    });
  }

  // ---- batches: what was picked in one go -------------------------------------------------------

  // Files of a folder are one line, loose files one line each.
  class Batch {
    constructor(files, folder) {
      this.files = files;
      this.folder = folder;
      this.name = `${shelf}${folder}|${files.length}|${files.reduce((sum, f) => sum + f.size, 0)}|${files[0].name}`;
      // A phone's picker shows many folders beside each other: of two files that bear one name, neither
      // may be taken for the other.
      const bearing = new Map();
      const paths = files.map((file) => pathOf(file, folder));
      for (const path of paths) bearing.set(path, (bearing.get(path) ?? 0) + 1);
      const names = new Set();
      this.items = files.map((file, at) => {
        let name = paths[at];
        for (let number = 2; names.has(name); number += 1) name = `${number}-${paths[at]}`;
        names.add(name);
        return { file, name, alone: bearing.get(paths[at]) === 1, batch: this, sent: 0, state: "waiting", tries: 0, upload: null };
      });
      this.rows = folder ? [this.row(folder, this.items)] : this.items.map((item) => this.row(item.file.name, [item]));
      batches.add(this);
      for (const item of this.items) items.add(item);
    }

    row(label, mine) {
      const bar = element("progress", { max: "100", value: "0", "aria-label": label });
      const state = element("p", { class: "soft" });
      const tools = element("p", {});
      const line = element("li", {}, element("p", { dir: "auto" }, label), bar, state, tools);
      $("list").append(line);
      return { line, bar, state, tools, mine };
    }

    paint() {
      for (const { line, bar, state, tools, mine } of this.rows) {
        const here = mine.filter((item) => item.state === "here").length;
        const failed = mine.filter((item) => item.state === "failed");
        const all = mine.reduce((sum, item) => sum + item.file.size, 0);
        const done = mine.reduce((sum, item) => sum + item.sent, 0);
        const whole = here === mine.length;
        bar.hidden = whole;
        bar.value = all ? (done / all) * 100 : 0;
        line.className = failed.length ? "trouble" : "";
        state.textContent = whole ? `✓ ${words.arrived}`
          : failed.length ? fill(words.failed, { name: failed[0].file.name })
          : mine.length > 1 ? `${fill(words.state, { done: here, total: mine.length })} · ${size(all)}`
          : done ? fill(words.state, { done: size(done), total: size(all) }) : words.waiting;
        if (!failed.length) tools.replaceChildren();
        else if (!tools.childElementCount) {
          const again = element("button", { type: "button" }, words.again);
          again.addEventListener("click", () => { failed.forEach((item) => { item.state = "waiting"; item.tries = 0; }); go(); });
          tools.replaceChildren(again);
        }
      }
    }

    // The server's name for it, the one that it had before where the page was closed half-way.
    async opened() {
      if (this.id) return this.id;
      const before = remembered(this.name);
      if (before) {
        const answer = await fetch(`/upload/batches/${before}`);
        // A server that stumbles says nothing of what has come.
        if (answer.status >= 500) throw new Error("later");
        if (answer.status === 410) throw Object.assign(new Error("refused"), { status: 410 });
        if (answer.ok) {
          const { here } = await answer.json();
          for (const item of this.items) {
            if (item.alone && here[item.name] === item.file.size) { item.state = "here"; item.sent = item.file.size; }
          }
          this.id = before;
          return before;
        }
      }
      const wish = { files: this.files.length, size: this.files.reduce((sum, f) => sum + f.size, 0), folder: this.folder };
      const answer = await fetch("/upload/batches", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(wish) });
      if (!answer.ok) throw Object.assign(new Error("refused"), { status: answer.status });
      this.id = (await answer.json()).id;
      remember(this.name, this.id);
      return this.id;
    }

    async finish() {
      if (this.finished || this.items.some((item) => item.state !== "here")) return;
      this.finished = true;
      forget(this.name);
      // If this is lost, the server finds out by itself a little later.
      await fetch(`/upload/batches/${this.id}/done`, { method: "POST" }).catch(() => {});
    }

    drop() {
      for (const item of this.items) items.delete(item);
      for (const { line } of this.rows) line.remove();
      batches.delete(this);
    }
  }

  function remembered(name) { try { return localStorage.getItem(name); } catch { return null; } }
  function remember(name, value) { try { localStorage.setItem(name, value); } catch { /* full or forbidden */ } }
  function forget(name) { try { localStorage.removeItem(name); } catch { /* forbidden */ } }

  function pathOf(file, folder) {
    const path = file.webkitRelativePath || file.name;
    return folder && path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
  }

  const statusOf = (error) => error.originalResponse?.getStatus() ?? error.causingError?.status ?? 0;

  // ---- sending ----------------------------------------------------------------------------------

  // Small files cost a round trip each, large ones the line: so many of them go side by side.
  function room(item) {
    const now = running();
    const small = now.filter((one) => one.file.size < SMALL).length;
    return item.file.size < SMALL ? small < 6 : now.length - small < 3;
  }

  async function go() {
    paint();
    if (paused) return;
    if (open().length && !awake) {
      beganAt = Date.now();
      began = sent();
      awake = await stayAwake();
    }
    for (const batch of batches) {
      if (!batch.id) {
        if (batch.opening) continue;
        batch.opening = true;
        batch.opened().then(() => { batch.opening = false; batch.finish(); go(); }, (error) => { batch.opening = false; refused(error, batch); });
        continue;
      }
      for (const item of batch.items) if (item.state === "waiting" && room(item)) send(item);
    }
    if (!open().length && awake) { awake.release?.().catch(() => {}); awake = null; }
    paint();
  }

  function refused(error, batch) {
    if (error.status === 507) { tell(words.no_room); batch.drop(); paint(); return; }
    if (error.status === 410) { tell(words.stopped); batch.drop(); paint(); return; }
    if (error.status === 403 || error.status === 401) { tell(words.link_ended); batch.drop(); paint(); return; }
    if (error.status && error.status < 500) { tell(words.link_full); batch.drop(); paint(); return; }
    tell(words.offline);
    setTimeout(go, 3000);
  }

  async function send(item) {
    item.state = "sending";
    const { file, batch } = item;
    const upload = new tus.Upload(file, {
      endpoint: "/upload/files",
      chunkSize: SMALL,
      uploadDataDuringCreation: file.size < SMALL,
      removeFingerprintOnSuccess: true,
      storeFingerprintForResuming: file.size >= SMALL,
      retryDelays: [0, 1000, 2000, 4000, 8000, 15000, 30000, 30000, 30000, 30000],
      fingerprint: async () => `${shelf}${batch.id}|${item.name}|${file.size}|${file.lastModified}`,
      // Announced a second time, when the first answer was lost, it is still the same file.
      metadata: { filename: item.name, filetype: file.type, batch: batch.id, key: `${batch.items.indexOf(item)}|${item.name}|${file.size}|${file.lastModified}` },
      // The client's own rule gives up when the browser says that it is offline, which is when
      // patience is wanted most.
      onShouldRetry: (error) => {
        const status = statusOf(error);
        return status === 0 || status === 409 || status === 423 || status === 429 || (status >= 500 && status !== 507);
      },
      // Of a server that stumbles the client would think that it knows nothing of the file, and
      // would send all of it anew.
      onAfterResponse: (request, response) => {
        const status = response.getStatus();
        if (request.getMethod() === "HEAD" && status >= 500) throw Object.assign(new Error("later"), { status });
      },
      onProgress: (done) => { item.sent = Math.max(done, 0); if ($("notice").textContent === words.offline) tell(""); paint(); },
      onSuccess: () => { item.state = "here"; item.sent = file.size; batch.finish(); go(); },
      onError: (error) => failed(item, error),
    });
    item.upload = upload;
    try {
      const before = await upload.findPreviousUploads();
      if (before.length) upload.resumeFromPreviousUpload(before[0]);
    } catch { /* no store: it starts anew */ }
    // It may have been paused, and begun once more, in between.
    if (item.state === "sending" && item.upload === upload) upload.start();
  }

  function failed(item, error) {
    const status = statusOf(error);
    if (status === 507) tell(words.no_room);
    else if (status === 410) tell(words.stopped);
    else if (status === 401 || status === 403) tell(words.link_ended);
    else if (status === 413) tell(words.link_full);
    else if (status === 0 || status >= 500) {
      // The line is gone for long: look again by itself, without end.
      tell(words.offline);
      item.state = "waiting";
      item.tries += 1;
      setTimeout(go, Math.min(5000 * item.tries, 60000));
      return;
    }
    item.state = "failed";
    go();
  }

  // ---- what the reader does -------------------------------------------------------------------

  function take(list) {
    const files = [...list];
    const wrong = files.map(trouble).filter(Boolean);
    tell(wrong.slice(0, 3).join(" "));
    const good = files.filter((file) => !trouble(file));
    if (!good.length) return;
    const inFolder = good[0].webkitRelativePath ? good[0].webkitRelativePath.split("/")[0] : "";
    // Many loose files are slices of a scan, and belong together as on their disc.
    new Batch(good, inFolder || (good.length > LOOSE ? words.loose : ""));
    paused = false;
    $("pause").textContent = words.pause;
    go();
    $("sending").scrollIntoView({ block: "nearest" });
  }

  function trouble(file) {
    // What a system leaves on a disc may well be empty; what somebody picks by hand may not.
    if (!file.size && !file.webkitRelativePath) return fill(words.empty_file, { name: file.name });
    if (file.size > limit) return fill(words.too_large, { name: file.name, limit: size(limit) });
    return "";
  }

  for (const picker of [$("files"), $("folder")]) {
    picker.addEventListener("change", () => { take(picker.files); picker.value = ""; });
  }
  $("plain").addEventListener("submit", (event) => event.preventDefault());
  $("pause").addEventListener("click", () => {
    paused = !paused;
    $("pause").textContent = paused ? words.resume : words.pause;
    if (paused) for (const item of running()) { item.upload?.abort(); item.state = "waiting"; }
    else { beganAt = Date.now(); began = sent(); }
    go();
  });

  // A phone that falls asleep cuts the connection.
  async function stayAwake() {
    try { return await navigator.wakeLock.request("screen"); } catch { return {}; }
  }
  document.addEventListener("visibilitychange", async () => {
    if (!document.hidden && open().length) awake = await stayAwake();
  });
  addEventListener("online", go);
  addEventListener("beforeunload", (event) => { if (open().length) event.preventDefault(); });
})();
