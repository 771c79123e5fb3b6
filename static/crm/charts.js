/* Draws [data-chart="id of a json script"]; the table behind each chart stands in the page.
   {unit, series: [{name, step, points: [[day, number]]}], limits: [{name, value}]}: lines over time.
   {kind: "bars", unit, labels: [text], series: [{name, values: [number]}]}: bars by label, the last series the darker.
   Every word comes with the data. */
(function () {
  "use strict";
  const css = getComputedStyle(document.documentElement);
  const token = (name) => css.getPropertyValue(name).trim();
  const number = new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: 2, maximumFractionDigits: 2 });

  function line(series) {
    const color = token(series.step ? "--ink-600" : "--grey-400");
    return {
      name: series.name,
      type: "line",
      step: series.step ? "end" : false,
      showSymbol: false,
      data: series.points,
      z: series.step ? 3 : 2,
      lineStyle: { width: series.step ? 2 : 1.25, color },
      itemStyle: { color },
    };
  }

  function limits(list) {
    return {
      type: "line",
      data: [],
      markLine: {
        silent: true,
        symbol: "none",
        lineStyle: { color: token("--gold-line"), type: "dashed", width: 1 },
        data: list.map((limit) => ({ yAxis: limit.value, label: { formatter: limit.name, position: "insideEndTop", color: token("--gold") } })),
      },
    };
  }

  function option(data) {
    const text = { color: token("--grey-500"), fontSize: 12 };
    return {
      animation: false,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      grid: { left: 8, right: 16, top: 52, bottom: 8, containLabel: true },
      legend: { top: 0, right: 0, icon: "rect", itemWidth: 16, itemHeight: 2, textStyle: text },
      tooltip: { trigger: "axis", renderMode: "richText", valueFormatter: (value) => (value == null ? "–" : number.format(value)) },
      xAxis: { type: "time", axisLabel: { ...text, hideOverlap: true }, axisLine: { lineStyle: { color: token("--line-2") } } },
      yAxis: { type: "value", name: data.unit, nameTextStyle: { ...text, align: "left" }, axisLabel: text, splitLine: { lineStyle: { color: token("--paper-3") } } },
      series: [...data.series.map(line), ...(data.limits ? [limits(data.limits)] : [])],
    };
  }

  function bars(data) {
    const text = { color: token("--grey-500"), fontSize: 12 };
    const colors = [token("--grey-300") || token("--line-2"), token("--ink-600")].slice(-data.series.length);
    return {
      animation: false,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      grid: { left: 8, right: 16, top: 52, bottom: 8, containLabel: true },
      legend: { top: 0, right: 0, icon: "rect", itemWidth: 12, itemHeight: 12, textStyle: text },
      tooltip: { trigger: "axis", renderMode: "richText", valueFormatter: (value) => number.format(value) },
      xAxis: { type: "category", data: data.labels, axisLabel: { ...text, interval: 0, overflow: "break", width: 72 }, axisLine: { lineStyle: { color: token("--line-2") } } },
      yAxis: { type: "value", name: data.unit, nameTextStyle: { ...text, align: "left" }, axisLabel: text, splitLine: { lineStyle: { color: token("--paper-3") } } },
      series: data.series.map((series, i) => ({ name: series.name, type: "bar", data: series.values, itemStyle: { color: colors[i] }, barMaxWidth: 28 })),
    };
  }

  const KINDS = { bars };

  document.querySelectorAll("[data-chart]").forEach((box) => {
    const source = document.getElementById(box.dataset.chart);
    if (!source || !window.echarts) return;
    const chart = window.echarts.init(box, null, { renderer: "canvas" });
    const data = JSON.parse(source.textContent);
    chart.setOption((KINDS[data.kind] || option)(data));
    new ResizeObserver(() => chart.resize()).observe(box);
  });
})();
