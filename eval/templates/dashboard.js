"use strict";
// Draws the charts with the page's colours, and again when the reader changes the theme.
(() => {
  const root = document.documentElement;
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const options = { displayModeBar: false, responsive: true };

  const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();

  const draw = () => {
    const font = { color: colour("--text"), family: getComputedStyle(document.body).fontFamily, size: 13 };
    const axis = { gridcolor: colour("--grid"), linecolor: colour("--line"), tickcolor: colour("--line") };
    for (const [name, figure] of Object.entries(charts)) {
      const layout = {
        ...figure.layout,
        font,
        xaxis: { ...figure.layout.xaxis, ...axis },
        yaxis: { ...figure.layout.yaxis, ...axis },
      };
      Plotly.react(`chart-${name}`, figure.data, layout, options);
    }
  };

  const use = (theme) => {
    root.dataset.theme = theme;
    draw();
  };

  use(dark.matches ? "dark" : "light");
  dark.addEventListener("change", (event) => use(event.matches ? "dark" : "light"));
  document.getElementById("theme").addEventListener("click", () => {
    use(root.dataset.theme === "dark" ? "light" : "dark");
  });
})();
