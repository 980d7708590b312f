// Draws every chart of a page as SVG from the data that stands beside it; the table below says the same.
"use strict";
(() => {
  const drawers = {};
  window.ledgerCharts = drawers; // each kind of chart adds itself: (echarts option) from (data, colours)

  function colours() {
    const style = getComputedStyle(document.documentElement);
    return (name) => style.getPropertyValue(`--${name}`).trim();
  }

  function draw(place) {
    const drawer = drawers[place.dataset.chart];
    const data = document.getElementById(`${place.id}-data`);
    if (!drawer || !data || !window.echarts) return;
    const chart = echarts.init(place, null, { renderer: "svg" });
    const paint = () => chart.setOption({ animation: false, ...drawer(JSON.parse(data.textContent), colours()) }, true);
    paint();
    chart.on("click", (point) => { if (point.data && point.data.href) location.href = point.data.href; });
    new ResizeObserver(() => chart.resize()).observe(place);
    // The system turns dark in the evening, and paper is always light.
    for (const look of ["(prefers-color-scheme: dark)", "print"]) matchMedia(look).addEventListener("change", paint);
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const place of document.querySelectorAll("[data-chart]")) draw(place);
  });
})();
