// Until the mouse is over it, plotly's own extension shows a figure by its stored picture, pixel
// by pixel however narrow the page is. Here a picture is never wider than its column, and one of
// a lesson (1050 pixels, by the PNG's first bytes) is 700 wide, as the figure that follows it.
(window._JUPYTERLAB ??= {})["finetune-workbench"] = {
  init() {},
  get: async () => () => {
    const style = document.createElement("style");
    style.textContent = `
      .jp-RenderedPlotly > .plot-img {max-width: 100%; height: auto}
      .plot-img[src^="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAABBoA"] {width: 700px}`;
    document.head.append(style);
    return {};
  },
};
