// A seller's totals over time: a line of steps for each, milestones across, sanctions and freezes as bands.
"use strict";
(() => {
  const HIGH = 210, GAP = 66, BESIDE = 52;
  const at = (text) => Date.parse(text);
  const two = (number) => String(number).padStart(2, "0");
  // In the reader's zone, as ECharts places its ticks and as every time on the page is told.
  const month = (time) => `${new Date(time).getFullYear()}-${two(new Date(time).getMonth() + 1)}`;
  const day = (time) => `${month(time)}-${two(new Date(time).getDate())}`;

  // Values before and after an instant; both hold the value at it, so that the line does not break.
  function parted(line, now, end) {
    const points = line.map(([when, value]) => [at(when), value]);
    const past = points.filter(([when]) => when <= now);
    const held = past.length ? past[past.length - 1][1] : 0;
    const ahead = points.filter(([when]) => when > now);
    if (past.length) past.push([Math.min(now, end), held]);
    const last = ahead.length ? ahead[ahead.length - 1][1] : held;
    return [past, [[now, held], ...ahead, [end, last]]];
  }

  function bands(spans, top, bottom, colour, words) {
    return spans.map((span) => [
      { xAxis: at(span.from), yAxis: bottom, name: words(span), itemStyle: { color: colour } },
      { xAxis: at(span.until), yAxis: top },
    ]);
  }

  function seriesOf(bucket, index, data, colour) {
    const top = Math.max(bucket.top, ...bucket.line.map(([, value]) => value)) * 1.12;
    const [past, ahead] = parted(bucket.line, at(data.now), at(data.to));
    const axes = { xAxisIndex: index, yAxisIndex: index };
    const plain = { ...axes, type: "line", step: "end", symbol: "none", silent: true };
    const label = { color: colour("muted"), fontSize: 11 };
    const rungs = bucket.rungs.map((rung) => ({
      yAxis: rung.threshold,
      name: `${rung.threshold}: ${rung.name === "limit" ? rung.sanction : rung.name}`,
      lineStyle: { color: colour(rung.sanction === "suspension" ? "bad" : "warn"), type: "solid", width: 1 },
      label: { formatter: "{b}", position: "insideStartTop", ...label },
    }));
    const instants = [{ xAxis: at(data.now), name: "now" }];
    if (data.about !== data.now) instants.push({ xAxis: at(data.about), name: "asked about" });
    const lines = instants.map((mark) => ({
      ...mark,
      lineStyle: { color: colour("muted"), type: "dotted", width: 1 },
      label: { formatter: "{b}", position: "end", distance: mark.name === "now" ? 2 : 13, ...label },
    }));
    const words = { show: false };
    return { top, series: [
      { ...plain, name: bucket.name, data: past, lineStyle: { color: colour("accent"), width: 2 },
        areaStyle: { color: colour("accent"), opacity: 0.08 },
        markLine: { symbol: "none", silent: true, data: [...rungs, ...lines] },
        markArea: { silent: true, label: words, data: [
          ...bands(data.sanctions, top, 0, colour("chart-band"), (span) => span.name),
          ...bands(data.freezes, top * 0.045, 0, colour("warn"), (span) => `frozen: ${span.name}`)] } },
      { ...plain, name: "ahead", data: ahead, lineStyle: { color: colour("accent"), width: 2, type: "dashed" } },
      { ...axes, type: "scatter", symbolSize: 11, cursor: "pointer",
        itemStyle: { color: colour("accent"), borderColor: colour("surface"), borderWidth: 2 },
        data: bucket.steps.map((step) => ({
          value: [at(step.at), step.value], href: step.href,
          name: `${step.name}${step.rule ? `: ${step.rule.replace(/-/g, " ")}` : ""}`,
          says: `${day(at(step.at))}, +${step.counts} makes ${step.value}` })) },
    ] };
  }

  window.ledgerCharts.standing = (data, colour) => {
    const text = { color: colour("muted"), fontSize: 11 };
    const made = data.buckets.map((bucket, index) => seriesOf(bucket, index, data, colour));
    return {
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      tooltip: { trigger: "item", renderMode: "richText", backgroundColor: colour("surface"),
        borderColor: colour("strong-line"), textStyle: { color: colour("ink") },
        formatter: (point) => (point.data && point.data.says ? `${point.name}\n${point.data.says}` : "") },
      title: data.buckets.map((bucket, index) => ({ text: bucket.name.replace(/-/g, " "), left: 0,
        top: index * (HIGH + GAP), textStyle: { color: colour("ink"), fontSize: 13 } })),
      grid: data.buckets.map((_, index) => ({ left: BESIDE - 16, right: 12, top: index * (HIGH + GAP) + 36, height: HIGH - 36 })),
      xAxis: data.buckets.map((_, index) => ({ type: "time", gridIndex: index, min: at(data.from), max: at(data.to),
        splitNumber: Math.max(2, Math.floor(window.innerWidth / 170)),
        axisLabel: { ...text, hideOverlap: true, formatter: month }, axisLine: { lineStyle: { color: colour("strong-line") } },
        splitLine: { show: false } })),
      yAxis: made.map(({ top }, index) => ({ type: "value", gridIndex: index, min: 0, max: Math.ceil(top), minInterval: 1,
        axisLabel: { ...text, showMaxLabel: top <= 6 }, splitLine: { lineStyle: { color: colour("line") } } })),
      series: made.flatMap(({ series }) => series),
    };
  };
})();
