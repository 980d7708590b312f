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
  const paper = matchMedia("print");
  const PAPER_PX = 680; // what margins leave of A4

  function begin(place) {
    const drawer = drawers[place.dataset.chart];
    const data = document.getElementById(`${place.id}-data`);
    if (!drawer || !data || !window.echarts) return;
    const chart = echarts.init(place, null, { renderer: "svg" });
    const told = JSON.parse(data.textContent);
    const draw = () => chart.setOption({ animation: false, ...drawer(told, colours()) }, { notMerge: true });
    draw();
    drawn.push({ place, chart, draw });
    chart.on("click", (point) => { if (point.data && point.data.href) location.href = point.data.href; });
    new ResizeObserver(() => { if (!paper.matches) chart.resize(); }).observe(place);
  }

  // Colours and widths are in the picture itself: another theme, or paper, is another picture.
  function onPaper(printing) {
    document.documentElement.toggleAttribute("data-printing", printing);
    const whole = document.querySelector("main").clientWidth;
    for (const { place, chart, draw } of drawn) {
      const width = Math.round(PAPER_PX * Math.min(1, place.clientWidth / whole));
      chart.resize(printing ? { width, height: chart.getHeight() } : {});
      draw();
      chart.getZr().flush();
      // Another width of paper than foreseen: the picture is scaled and not cut.
      const picture = place.querySelector("svg");
      if (printing) picture.setAttribute("viewBox", `0 0 ${chart.getWidth()} ${chart.getHeight()}`);
      else picture.removeAttribute("viewBox");
    }
  }

  window.addEventListener("beforeprint", () => onPaper(true));
  window.addEventListener("afterprint", () => onPaper(false));
  paper.addEventListener("change", () => onPaper(paper.matches));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { for (const { draw } of drawn) draw(); });
  document.addEventListener("DOMContentLoaded", () => {
    for (const place of document.querySelectorAll("[data-chart]")) begin(place);
  });
})();
