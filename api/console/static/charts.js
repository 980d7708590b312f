// Draws every chart of a page as SVG from the data that stands beside it; the table below says the same.
"use strict";
(() => {
  const drawers = {};
  window.ledgerCharts = drawers; // each kind of chart adds itself: (echarts option) from (data, colours)

  function colours() {
    const style = getComputedStyle(document.documentElement);
    return (name) => style.getPropertyValue(`--${name}`).trim();
  }

  const drawn = [];

  function begin(place) {
    const drawer = drawers[place.dataset.chart];
    const data = document.getElementById(`${place.id}-data`);
    if (!drawer || !data || !window.echarts) return;
    const chart = echarts.init(place, null, { renderer: "svg" });
    const told = JSON.parse(data.textContent);
    const draw = () => chart.setOption({ animation: false, ...drawer(told, colours()) }, { notMerge: true });
    draw();
    drawn.push(draw);
    chart.on("click", (point) => { if (point.data && point.data.href) location.href = point.data.href; });
    new ResizeObserver(() => { if (!matchMedia("print").matches) chart.resize(); }).observe(place);
  }

  // Colours are in the picture itself: another theme, or paper, is another picture.
  function again() {
    for (const draw of drawn) draw();
  }

  function onPaper(printing) {
    document.documentElement.toggleAttribute("data-printing", printing);
    again();
  }

  window.addEventListener("beforeprint", () => onPaper(true));
  window.addEventListener("afterprint", () => onPaper(false));
  matchMedia("print").addEventListener("change", again);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  document.addEventListener("DOMContentLoaded", () => {
    for (const place of document.querySelectorAll("[data-chart]")) begin(place);
  });
})();
