// Views of lists: kept under a name by this browser alone, and copied as an address.
// Without a script there are bookmarks.
"use strict";
(() => {
  const box = document.querySelector("[data-views]");
  const say = document.querySelector("[data-say]");

  // What a swap brought is said once, by an element that stays.
  document.addEventListener("htmx:after:swap", () => {
    const found = document.querySelector("[data-said]");
    if (say && found) say.textContent = found.dataset.said;
  });
  if (!box) return;

  const place = `ledger-views:${box.dataset.views}`;
  const list = box.querySelector("[data-kept]");
  const form = box.querySelector("[data-keep]");
  const name = form.querySelector("input");

  function kept() {
    try {
      const found = JSON.parse(localStorage.getItem(place));
      return Array.isArray(found) ? found.filter((v) => typeof v.name === "string" && typeof v.search === "string" && /^(\?|$)/.test(v.search)) : [];
    } catch { return []; }
  }

  function keep(views) {
    try { localStorage.setItem(place, JSON.stringify(views)); } catch { return; }
    show();
  }

  function show() {
    list.replaceChildren(...kept().map((view) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.className = "view";
      link.href = `${location.pathname}${view.search}`;
      link.textContent = view.name;
      const away = document.createElement("button");
      away.type = "button";
      away.className = "plain";
      away.textContent = "×";
      away.setAttribute("aria-label", `Forget the view ${view.name}`);
      away.addEventListener("click", () => { keep(kept().filter((v) => v.name !== view.name)); name.focus(); });
      item.append(link, away);
      return item;
    }));
  }

  // A view is its filters and its order; pages behind the first are not part of it.
  function search() {
    const words = new URLSearchParams(location.search);
    for (const each of ["page_token", "earlier", "page"]) words.delete(each);
    return words.size ? `?${words}` : "";
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const called = name.value.trim();
    if (!called) { name.focus(); return; }
    keep([...kept().filter((view) => view.name !== called), { name: called, search: search() }]);
    name.value = "";
    if (say) say.textContent = `Kept as ${called}`;
  });

  const copy = form.querySelector("[data-copy]");
  copy.addEventListener("click", async () => {
    const address = `${location.origin}${location.pathname}${search()}`;
    try {
      await navigator.clipboard.writeText(address);
      if (say) say.textContent = "The address is copied";
      copy.textContent = "Copied";
    } catch {
      // Without a secure connection a browser lets nobody copy: the address bar holds the same.
      if (say) say.textContent = "Copy the address from the address bar";
      copy.textContent = "Copy it from the address bar";
    }
    setTimeout(() => { copy.textContent = "Copy this view's address"; }, 3000);
  });

  box.hidden = false;
  show();
})();
