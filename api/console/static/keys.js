// Single keys: ways that are shorter, to what the page itself has as fields and links.
// Whoever switches them off is not sent this file.
"use strict";
(() => {
  const PATIENCE_MS = 1500;
  const TYPED = "input, textarea, select, [contenteditable]";
  let since = -PATIENCE_MS;

  const seen = (element) => Boolean(element && element.getClientRects().length);
  const first = (words, within = document) => [...within.querySelectorAll(words)].find(seen);

  // A row is where its link is: what has the focus is opened by Enter, and read aloud, as ever.
  const linked = () => [...document.querySelectorAll("main tbody tr")]
    .map((row) => first("th a[href]", row) || first("td a[href]", row)).filter(Boolean);

  function step(by) {
    const links = linked();
    const row = document.activeElement.closest("main tbody tr");
    const here = links.findIndex((link) => link.closest("tr") === row);
    const next = links[here < 0 ? 0 : Math.min(Math.max(here + by, 0), links.length - 1)];
    if (!next) return false;
    next.focus();
    next.scrollIntoView({ block: "nearest" });
    return true;
  }

  function search() {
    const field = first("main [type=search]") ||
      first("main form[role=search] :is(input:not([type=hidden]), select)");
    if (!field) return false;
    field.focus();
    if (field.select) field.select();
    return true;
  }

  function follow(words) {
    const link = first(words);
    if (link) link.click();
    return Boolean(link);
  }

  const KEYS = {
    "/": search,
    "?": () => follow("a[data-keys]"),
    j: () => step(1),
    k: () => step(-1),
    n: () => follow("main a[rel=next]"),
    b: () => follow("main a[rel=prev]"),
    u: () => follow("main .crumbs a"),
  };

  function pressed(event) {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    const typing = event.target instanceof Element && event.target.closest(TYPED);
    if (event.key === "Escape") {
      since = -PATIENCE_MS;
      // A browser would empty a field of search: what was typed is left there.
      if (typing) event.preventDefault();
      if (typing || event.target.closest("tbody tr")) event.target.blur();
      return;
    }
    if (typing) return;
    const led = event.timeStamp - since < PATIENCE_MS;
    since = -PATIENCE_MS;
    if (led) {
      if (/^[a-z]$/.test(event.key) && follow(`.rail a[data-letter="${event.key}"]`)) event.preventDefault();
    } else if (event.key === "g") since = event.timeStamp;
    else if (Object.hasOwn(KEYS, event.key) && KEYS[event.key]()) event.preventDefault();
  }

  // A list that comes anew takes its rows away: who stood on one stands on the same again.
  let stood = null;
  document.addEventListener("htmx:before:swap", () => {
    stood = document.activeElement.closest("main tbody tr") ? document.activeElement.href : null;
  });
  document.addEventListener("htmx:after:swap", () => {
    if (stood === null || document.activeElement !== document.body) return;
    const same = linked().find((link) => link.href === stood);
    if (same) same.focus();
    else step(1);
  });
  document.addEventListener("keydown", pressed);
})();
