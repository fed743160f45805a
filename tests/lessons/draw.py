"""PNGs of plotly figures, drawn by the installed plotly.js in the Chromium of the browser's tests.

A white card with dark text: no one colour of text has a contrast of 4.5 to 1 on a white and on a
dark page alike, and a picture does not know on which it stands.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

INK, WIDTH = "#333333", 700  # contrast 12.6 to 1 on white
COLOURS = 128  # of a picture's palette: a figure of few colours takes a third of the bytes

_PAGE = """async ({figure, ink, width}) => {
  const layout = figure.layout || {};
  const height = layout.height || 400;
  Object.assign(layout, {width: layout.width || width, height,
    paper_bgcolor: "white", plot_bgcolor: "white"});
  layout.font = {...layout.font, color: ink};
  const at = document.getElementById("figure");
  await Plotly.newPlot(at, figure.data, layout, {staticPlot: true});
  const plain = {};  // on a log axis 1, 2, 5, 10, 20, as numbers that are read whole
  for (const [name, axis] of Object.entries(at._fullLayout)) {
    if (!/^[xy]axis\\d*$/.test(name) || axis.type !== "log" || layout[name]?.tickvals) continue;
    const [low, high] = axis.range, steps = high - low > 2.5 ? [1] : [1, 2, 5], ticks = [];
    for (let power = Math.floor(low); power <= high; power++)
      for (const step of steps) {
        const tick = step * 10 ** power;
        if (Math.log10(tick) >= low && Math.log10(tick) <= high) ticks.push(tick);
      }
    plain[`${name}.tickvals`] = ticks;
    plain[`${name}.ticktext`] = ticks.map((t) => (+t.toPrecision(3)).toLocaleString("en",
      {maximumFractionDigits: 12}));
  }
  if (Object.keys(plain).length) await Plotly.relayout(at, plain);
  const url = await Plotly.toImage(at, {format: "png", width: layout.width, height, scale: 1.5});
  Plotly.purge(at);
  return url.split(",")[1];
}"""


def _small(png: bytes) -> bytes:
    from PIL import Image

    picture = Image.open(io.BytesIO(png)).convert("RGB")
    out = io.BytesIO()
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


@contextlib.contextmanager
def drawing() -> Iterator[Callable[[dict], str]]:
    """A function from a plotly figure's JSON to base64 of a PNG; the browser is shut at the end.

    RuntimeError, in one sentence, if no Chromium is found.
    """
    import plotly
    from playwright.sync_api import sync_playwright

    from tests.conftest import CHROMIUM

    chosen = os.environ.get("WORKBENCH_CHROMIUM")
    paths = map(shutil.which, [chosen] if chosen else CHROMIUM)
    path = next(filter(None, paths), None)
    if path is None:
        raise RuntimeError("No Chromium was found. Install it, or name it in WORKBENCH_CHROMIUM.")
    script = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            page = browser.new_page(viewport={"width": 900, "height": 900})
            page.set_content('<meta charset="utf-8"><div id="figure"></div>')
            page.add_script_tag(path=str(script))

            def draw(figure: dict) -> str:
                copied = json.loads(json.dumps(figure))
                asked = {"figure": copied, "ink": INK, "width": WIDTH}
                png = base64.b64decode(page.evaluate(_PAGE, asked))
                return base64.b64encode(_small(png)).decode()

            yield draw
        finally:
            browser.close()
