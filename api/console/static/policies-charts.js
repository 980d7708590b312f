// The book over time: a line for each pack, on it every edition from the instant on which it is in force.
"use strict";
window.ledgerCharts.book = (editions, colour) => {
  const packs = [...new Set(editions.map((edition) => edition.pack))];
  const time = (text) => new Date(text).getTime();
  const quiet = { axisLabel: { color: colour("muted"), hideOverlap: true }, axisLine: { lineStyle: { color: colour("strong-line") } } };
  const series = packs.map((pack, row) => {
    const own = editions.filter((edition) => edition.pack === pack)
      .sort((a, b) => time(a.effective_from) - time(b.effective_from));
    const points = own.map((edition) => ({
      name: edition.policy, value: [time(edition.effective_from), pack],
      label: { formatter: edition.edition }, href: `policies/${encodeURIComponent(edition.policy)}`,
    }));
    const now = Math.max(Date.now(), ...points.map((point) => point.value[0]));
    return {
      name: pack, type: "line", symbol: ["circle", "rect", "triangle", "diamond"][row % 4], symbolSize: 12,
      data: [...points, { value: [now, pack], symbol: "none", label: { show: false } }],
      label: { show: true, position: "top", color: colour("ink") },
      itemStyle: { color: row % 2 ? colour("muted") : colour("accent") }, lineStyle: { width: 3 },
    };
  });
  return {
    tooltip: { formatter: (point) => echarts.format.encodeHTML(point.name || "") },
    grid: { left: Math.max(...packs.map((pack) => pack.length)) * 6.5 + 16, right: 36, top: 24, bottom: 30 },
    xAxis: { type: "time", ...quiet, splitLine: { show: true, lineStyle: { color: colour("line") } } },
    yAxis: { type: "category", data: packs, ...quiet }, series,
  };
};
