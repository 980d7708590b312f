// Marks what differs from the pack in force while it is typed; the server marks the same when it answers.
"use strict";
(() => {
  function marked(field) {
    const row = field.closest("tr");
    const differs = field.value.trim() !== field.dataset.was;
    row.classList.toggle("changed", differs);
    const heading = row.querySelector("th");
    const there = heading.querySelector(".mark");
    if (differs && !there) {
      const mark = document.createElement("span");
      mark.className = "mark mark-due";
      mark.textContent = "changed";
      heading.append(" ", mark);
    } else if (!differs && there) there.remove();
  }
  document.addEventListener("input", (event) => {
    if (event.target.dataset && event.target.dataset.was !== undefined) marked(event.target);
  });
})();
