// Two worlds beside each other: columns, lines or rows of figures, and sanctions as bands.
"use strict";
(() => {
  const NAMES = { baseline: "as it was", scenario: "scenario" };
  const axis = (colour) => ({
    axisLabel: { color: colour("muted") }, axisLine: { lineStyle: { color: colour("strong-line") } },
    splitLine: { lineStyle: { color: colour("line") } },
  });
  const tones = (colour) => ({ baseline: colour("muted"), scenario: colour("accent") });

  window.ledgerCharts.compared = (data, colour) => {
    const names = { type: "category", data: data.labels, ...axis(colour), splitLine: { show: false } };
    const values = { type: "value", minInterval: 1, ...axis(colour) };
    const lying = data.kind === "rows";
    const series = ["baseline", "scenario"].map((world) => ({
      name: NAMES[world], type: data.kind === "line" ? "line" : "bar", data: data[world],
      symbol: world === "baseline" ? "circle" : "rect", showSymbol: data.labels.length < 40,
      itemStyle: { color: tones(colour)[world] },
      lineStyle: { width: 2, type: world === "baseline" ? "dashed" : "solid" }, barMaxWidth: 26,
    }));
    return {
      legend: { textStyle: { color: colour("ink") }, top: 0 }, tooltip: { trigger: "axis" },
      grid: { left: lying ? 130 : 50, right: 16, top: 34, bottom: 34 },
      xAxis: lying ? values : names, yAxis: lying ? { ...names, inverse: true } : values, series,
    };
  };

  window.ledgerCharts.worlds = (data, colour) => {
    const end = new Date(data.to).getTime();
    const begins = data.worlds.flatMap((world) => world.bands.map((band) => new Date(band.from).getTime()));
    const first = Math.min(end, ...begins);
    const span = Math.max(end - first, 86400000);
    const bands = data.worlds.flatMap((world, row) => world.bands.map((band) => ({
      name: band.kind.replaceAll("-", " ") + (band.milestone ? ` at ${band.milestone}` : ""),
      value: [row, new Date(band.from).getTime(), band.until ? new Date(band.until).getTime() : end + span * 0.1],
      itemStyle: { color: row ? colour("accent") : colour("muted") },
    })));
    const mark = data.parted
      ? { symbol: "none", silent: true, lineStyle: { color: colour("bad"), type: "dashed" },
          label: { formatter: "they part", color: colour("bad"), position: "start" }, data: [{ xAxis: new Date(data.parted).getTime() }] }
      : undefined;
    return {
      tooltip: { formatter: (point) => echarts.format.encodeHTML(point.name) },
      grid: { left: 80, right: 24, top: 30, bottom: 34 },
      xAxis: { type: "time", min: first - span * 0.03, max: end + span * 0.1, ...axis(colour),
        axisLabel: { color: colour("muted"), hideOverlap: true } },
      yAxis: { type: "category", inverse: true, data: data.worlds.map((world) => NAMES[world.name]), ...axis(colour) },
      series: [{
        type: "custom", data: bands, encode: { x: [1, 2], y: 0 }, markLine: mark,
        renderItem: (params, api) => {
          const from = api.coord([api.value(1), api.value(0)]);
          const to = api.coord([api.value(2), api.value(0)]);
          const high = api.size([0, 1])[1] * 0.44;
          return { type: "rect", style: { fill: api.visual("color"), opacity: 0.75 },
            shape: { x: from[0], y: from[1] - high / 2, width: Math.max(to[0] - from[0], 3), height: high, r: 3 } };
        },
      }],
    };
  };
})();
