/* Draws [data-chart="id of a json script"]; the table behind each chart stands in the page. */
(function () {
  "use strict";
  document.querySelectorAll("[data-chart]").forEach((box) => {
    const source = document.getElementById(box.dataset.chart);
    if (!source || !window.echarts) return;
    const data = JSON.parse(source.textContent);
    const chart = window.echarts.init(box, null, { renderer: "svg" });
    chart.setOption({
      animation: false,
      grid: { left: 64, right: 24, top: 32, bottom: 32 },
      legend: { top: 0, right: 0 },
      tooltip: { trigger: "axis", renderMode: "richText" },
      xAxis: { type: "time" },
      yAxis: { type: "value", name: data.unit, scale: false },
      series: data.series.map((line) => ({
        name: line.name,
        type: "line",
        step: line.step ? "end" : false,
        showSymbol: false,
        data: line.points,
        lineStyle: { width: line.step ? 2 : 1.25, color: line.step ? "#2a4a86" : "#a39c8f" },
        itemStyle: { color: line.step ? "#2a4a86" : "#a39c8f" },
      })),
    });
    window.addEventListener("resize", () => chart.resize());
  });
})();
