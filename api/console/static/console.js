// What pages cannot do without a script: the reader's own zone, and small comforts.
// Every page works without it.
"use strict";
(() => {
  const pad = (number) => String(number).padStart(2, "0");

  const local = (at) => `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} ${pad(at.getHours())}:${pad(at.getMinutes())}`;

  // The text keeps its width, so that nothing moves when the zone changes.
  function inTheReadersZone(time) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) return;
    const seconds = time.textContent.split(":").length > 2 ? `:${pad(at.getSeconds())}` : "";
    time.textContent = local(at) + seconds;
    time.removeAttribute("data-instant");
  }

  function arrived(within) {
    for (const time of within.querySelectorAll("time[data-instant]")) inTheReadersZone(time);
    const named = Intl.DateTimeFormat().resolvedOptions().timeZone || "your zone";
    for (const zone of within.querySelectorAll("[data-zone]")) zone.textContent = named;
    for (const said of within.querySelectorAll("[data-elsewhere]")) said.hidden = /^(Etc\/)?(UTC|UCT|Universal|Zulu)$/.test(named);
    for (const choice of within.querySelectorAll('select[data-submit=""]')) {
      choice.dataset.submit = "bound";
      choice.addEventListener("change", () => choice.form.requestSubmit());
    }
    const wanted = within.querySelector('[data-focus=""]');
    if (wanted) { wanted.dataset.focus = "done"; wanted.focus(); }
  }

  // A form is sent once; the button says that it is on its way.
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post") return;
    if (event.target.dataset.sent) { event.preventDefault(); return; }
    event.target.dataset.sent = "yes";
    for (const button of event.target.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
  });
  // What takes longer than a blink is seen to be on its way.
  const BLINK_MS = 400;
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.download !== undefined) { beingPrepared(form); return; }
    if (event.defaultPrevented || form.matches("[hx-get]")) return;
    setTimeout(() => { document.documentElement.dataset.going = ""; }, BLINK_MS);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[download]");
    if (link) beingPrepared(link.closest("p, ul, form") || link);
  });

  // A download leaves the page as it is, and a browser shows nothing of it until it begins.
  function beingPrepared(place) {
    let say = place.nextElementSibling;
    if (!say || !say.matches("[data-prepared]")) {
      say = document.createElement("p");
      say.className = "fine";
      say.dataset.prepared = "";
      say.setAttribute("role", "status");
      place.after(say);
    }
    setTimeout(() => { say.textContent = "It is being prepared; your browser shows it when it comes."; }, 0);
    setTimeout(() => { say.textContent = ""; }, 8000);
  }

  // Paper says when it was printed, by the clock of who printed it.
  function onPaper() {
    for (const place of document.querySelectorAll("[data-printed]")) {
      place.textContent = `Printed ${local(new Date())}. `;
      place.hidden = false;
    }
  }
  window.addEventListener("beforeprint", onPaper);

  window.addEventListener("pageshow", () => {
    delete document.documentElement.dataset.going;
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  document.addEventListener("DOMContentLoaded", () => { arrived(document); onPaper(); });
  // The event names who asked, not what came: so the page is looked through, each thing once.
  document.addEventListener("htmx:after:swap", () => arrived(document));
  // Who is no longer signed in was sent elsewhere: the whole page goes there, not a part of it.
  document.addEventListener("htmx:before:swap", (event) => {
    const answer = event.detail.ctx && event.detail.ctx.response && event.detail.ctx.response.raw;
    if (answer && answer.redirected && new URL(answer.url).pathname.endsWith("/console/sign-in")) {
      event.preventDefault();
      location.reload();
    }
  });
  document.addEventListener("ledger:arrived", (event) => arrived(event.target));
})();
