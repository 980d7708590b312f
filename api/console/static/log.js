// Follows the log: asks every two seconds whether there is more, and puts it on top.
// Without a script the page is a list that one reloads.
"use strict";
(() => {
  const EVERY_MS = 2000;
  const SLOWEST_MS = 30000;
  const MOST_ROWS = 1000;
  const QUIET_MS = 15000;
  const say = document.querySelector("[data-say]");
  let watch = null;

  function begin() {
    const line = document.querySelector("[data-follow]");
    if (watch && watch.line === line) return;
    if (watch) clearTimeout(watch.timer);
    watch = null;
    if (!line) return;
    watch = { line, rows: document.querySelector("[data-facts]"), after: line.dataset.after,
      following: true, wait: EVERY_MS, seen: 0, untold: 0, told: 0, timer: 0 };
    line.hidden = false;
    line.querySelector("[data-switch]").addEventListener("click", () => turn(watch, !watch.following));
    next(watch);
  }

  function turn(it, following, why) {
    it.following = following;
    clearTimeout(it.timer);
    show(it, following ? "following" : why || "paused", following ? "mark-active" : "mark-due");
    it.line.querySelector("[data-switch]").textContent = following ? "Pause" : "Follow";
    if (say) say.textContent = following ? "Following the log" : why || "Paused";
    if (following) look(it);
  }

  function show(it, word, look) {
    const state = it.line.querySelector("[data-state]");
    state.textContent = word;
    state.className = `mark ${look}`;
  }

  function next(it) {
    if (it.following) it.timer = setTimeout(() => look(it), it.wait);
  }

  async function look(it) {
    if (document.hidden) { next(it); return; }
    try {
      const address = new URL(it.line.dataset.follow, location.href);
      address.searchParams.set("after", it.after);
      const answer = await fetch(address, { headers: { "X-Following": "yes" } });
      if (answer.redirected) { turn(it, false, "stopped: sign in again"); return; }
      if (answer.status !== 204) {
        if (!answer.ok) throw new Error(String(answer.status));
        take(it, await answer.text());
      }
      if (it.wait !== EVERY_MS) show(it, "following", "mark-active");
      it.wait = EVERY_MS;
    } catch {
      it.wait = Math.min(it.wait * 2, SLOWEST_MS);
      if (it.following) show(it, "interrupted, trying again", "mark-due");
    }
    next(it);
  }

  function take(it, text) {
    const found = new DOMParser().parseFromString(text, "text/html").querySelector("[data-after]");
    if (!found) throw new Error("no rows");
    // While it was asked, somebody may have paused, or filtered anew.
    if (!it.following || !it.line.isConnected) return;
    it.after = found.dataset.after;
    const rows = [...found.rows];
    if (!rows.length) return;
    for (const old of it.rows.querySelectorAll(".new")) old.classList.remove("new");
    it.rows.prepend(...rows);
    it.rows.dispatchEvent(new CustomEvent("ledger:arrived", { bubbles: true }));
    it.seen += rows.length;
    it.untold += rows.length;
    it.line.querySelector("[data-count]").textContent = `${it.seen} new since this page was opened`;
    const now = Date.now();
    if (say && now - it.told > QUIET_MS) {
      say.textContent = `${it.untold} new facts`;
      it.told = now;
      it.untold = 0;
    }
    if (it.rows.rows.length > MOST_ROWS) turn(it, false, "paused: this page is full, reload it");
  }

  document.addEventListener("DOMContentLoaded", begin);
  document.addEventListener("htmx:after:swap", begin);
})();
