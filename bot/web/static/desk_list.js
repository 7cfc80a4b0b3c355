"use strict";
// The list renews itself: the server says that something has changed, the page asks for itself, and
// rows are put in the place of those that were there. Without this script one loads the page anew.
(() => {
  const body = document.body;
  const words = JSON.parse(body.dataset.words);
  const $ = (id) => document.getElementById(id);
  const rows = () => [...document.querySelectorAll("#rows > tr")];
  let state = body.dataset.state;
  let busy = false, again = false, waiting = null;

  const say = (text) => { $("said").textContent = text; };

  // ---- renewing -------------------------------------------------------------------------------

  // Whoever is about to press a row must not have another slip under their finger.
  const held = () => {
    const list = $("list");
    return list.matches(":hover") || list.contains(document.activeElement);
  };

  const renew = async () => {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { "x-by-itself": "1" } });
      if (answer.redirected && !answer.url.includes("/desk?") && !answer.url.endsWith("/desk")) {
        location.reload();
        return;
      }
      if (!answer.ok) return;
      show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // No connection: the stream says so when it is back, and then there is another try.
    } finally {
      busy = false;
      if (again) { again = false; renew(); }
    }
  };

  const show = (page) => {
    state = page.body.dataset.state;
    for (const id of ["count", "chips", "unreadable"]) {
      const mine = $(id), theirs = page.getElementById(id);
      if (mine && theirs && !mine.contains(document.activeElement)) mine.innerHTML = theirs.innerHTML;
      else if (mine && theirs) waiting = page;
    }
    const theirs = [...page.querySelectorAll("#rows > tr")];
    const mine = new Map(rows().map((row) => [row.dataset.id, row]));
    const fresh = theirs.filter((row) => !mine.has(row.dataset.id));
    const urgent = theirs.filter((row) => {
      const before = mine.get(row.dataset.id);
      return row.dataset.rank < 2 && (!before || before.dataset.rank > row.dataset.rank);
    });
    for (const row of theirs) {
      const before = mine.get(row.dataset.id);
      if (before && before.innerHTML !== row.innerHTML) put(before, row);
    }
    const order = theirs.map((row) => row.dataset.id).join();
    if (order !== rows().map((row) => row.dataset.id).join()) {
      if (held()) {
        waiting = page;
        $("moved").hidden = false;
      } else {
        reorder(page);
      }
    }
    // Only what somebody has to hear; a screen reader is not to read the list all day.
    if (urgent.length) say(urgent.map((row) => words.urgent.replace("{case}", row.dataset.id)).join(" "));
    else if (fresh.length) say(words.came.replace("{cases}", fresh.map((row) => row.dataset.id).join(", ")));
  };

  // A row's content is changed in its place, and the focus stays where it was.
  const put = (before, row) => {
    const held = before.contains(document.activeElement);
    const at = held ? [...before.querySelectorAll("a, summary")].indexOf(document.activeElement) : -1;
    const open = before.querySelector("details[open]") !== null;
    before.className = row.className;
    before.dataset.rank = row.dataset.rank;
    before.innerHTML = row.innerHTML;
    before.classList.add("changed");
    const details = before.querySelector("details");
    if (details) details.open = open;
    if (held) (before.querySelectorAll("a, summary")[at] ?? before.querySelector("a")).focus();
  };

  const reorder = (page) => {
    const focused = document.activeElement?.closest("#rows > tr")?.dataset.id;
    const known = new Set(rows().map((row) => row.dataset.id));
    $("list").innerHTML = page.getElementById("list").innerHTML;
    for (const row of rows()) if (!known.has(row.dataset.id)) row.classList.add("changed");
    if (focused) document.getElementById(`case-${focused}`)?.querySelector("a")?.focus();
    $("moved").hidden = true;
    waiting = null;
  };

  $("reorder").addEventListener("click", () => {
    if (waiting) reorder(waiting);
    $("list").focus();
  });

  const stream = new EventSource("/desk/events");
  let lost = false;
  stream.addEventListener("state", (event) => {
    if (lost) { lost = false; say(words.live); }
    if (event.data !== state) renew();
  });
  stream.addEventListener("gone", () => location.reload());
  stream.addEventListener("error", () => {
    if (!lost) { lost = true; say(words.not_live); }
  });
  addEventListener("pagehide", () => stream.close());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  // How long a case waits grows, though nothing happens.
  setInterval(() => { if (!document.hidden) renew(); }, 60000);

  // ---- keys -----------------------------------------------------------------------------------

  const move = (by) => {
    const all = rows();
    if (!all.length) return;
    const here = all.indexOf(document.activeElement?.closest("#rows > tr"));
    const next = here < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(here + by, 0), all.length - 1);
    const link = all[next].querySelector("a");
    link.focus({ preventScroll: true });
    all[next].scrollIntoView({ block: "nearest" });
  };

  const help = () => { if (!$("keys").open) $("keys").showModal(); };
  $("keys-open").hidden = false;
  $("keys-open").addEventListener("click", help);

  const box = $("keys-on"), KEPT = "desk-keys";
  box.checked = localStorage.getItem(KEPT) !== "off";
  box.addEventListener("change", () => localStorage.setItem(KEPT, box.checked ? "on" : "off"));

  const acts = { j: () => move(1), k: () => move(-1), "?": help, "/": () => { $("q").focus(); $("q").select(); } };

  // On a keyboard with other letters the key in that place counts.
  const pressed = (event) => {
    if (event.key in acts) return event.key;
    if (event.key.length !== 1 || event.key.charCodeAt(0) < 128) return "";
    return { KeyJ: "j", KeyK: "k", Slash: event.shiftKey ? "?" : "/" }[event.code] || "";
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, select, textarea, dialog");
    if (typing) {
      if (event.key === "Escape" && event.target.id === "q") event.target.blur();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const key = pressed(event);
    // Single letters can be turned off, for who speaks to the computer (WCAG 2.1.4).
    if (!key || (!box.checked && key !== "?")) return;
    event.preventDefault();
    acts[key]();
  });

  // What was left empty makes the address longer, and says nothing.
  document.querySelector("form.search").addEventListener("submit", (event) => {
    for (const field of event.target.elements) if (field.name && !field.value) field.disabled = true;
  });
})();
