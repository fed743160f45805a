"""Hostile texts, labels, columns and names through the whole app, at three widths."""

import json

import pytest

PICK = """
import json, pathlib, shutil, time
import pandas as pd, numpy as np
import workbench as wb
bad = [t for t in json.loads(pathlib.Path("payloads.json").read_text(encoding="utf-8"))]
column = "<b>text</b><script>window.__ran=1</script>"
name = "own <img src=x onerror=window.__ran=1> & 'data'.csv"
pd.DataFrame({column: bad * 4, "<i>label</i>": [bad[0], bad[2], bad[9], bad[27]] * len(bad)}
             ).to_csv(name, index=False)
app = wb.Workbench(dataset=name, columns={"text": column, "label": "<i>label</i>"})
app
"""

RUN = """
from workbench.run_folder.folders import create_run_folder
from workbench.atomic_files import write_json
folder = pathlib.Path("runs") / "run <svg onload=window.__ran=1> & 'x'"
shutil.rmtree(folder, ignore_errors=True)
create_run_folder(wb.Recipe(columns={"text": column}), folder)
rows = [{"kind": "step", "step": n, "epoch": n / 10, "loss": 2 / n, "tokens": 9,
         "padded_tokens": 10, "seconds": .1, "learning_rate": 1e-4} for n in range(1, 31)]
rows.append({"kind": "eval", "step": 30, "loss": .5, bad[0]: .8})
(folder / "metrics.jsonl").write_text("".join(json.dumps(r) + chr(10) for r in rows))
write_json(folder / "state.json", dict(state="done", step=30, total_steps=30, epochs=3, epoch=3.0,
           warning=bad[2], heartbeat=time.time()))
(folder / "predictions").mkdir()
classes = bad[:12]
table = pd.DataFrame({"text": bad, "label": [classes[i % 12] for i in range(len(bad))],
    "prediction": [classes[i * 5 % 12] for i in range(len(bad))], "loss": np.arange(len(bad)) / 9})
for c in classes: table["score_" + c] = 1 / 12
table.to_parquet(folder / "predictions" / "test.parquet")
back = wb.Workbench(run=folder)
back
"""


@pytest.mark.parametrize("width", [900, 1400])
def test_shown_as_text_and_inside_the_page(lab, server, payloads, require_sample, width):
    require_sample("minilm-l6")
    (server.root / "payloads.json").write_text(json.dumps(payloads), encoding="utf-8")
    page = lab.page
    page.set_viewport_size({"width": width, "height": 1500})
    lab.open(f"hostile-{width}.ipynb", [PICK, RUN])
    lab.theme("light")
    lab.run_cell(0)
    page.locator(".wb[data-ready=true]").first.wait_for()
    fits(lab)
    names = page.locator(".wb-balance .wb-name").all_text_contents()
    assert sorted(names) == sorted(payloads[i][:80] for i in (0, 2, 9, 27))
    assert "own <img" in page.locator("[data-other=dataset]").input_value()
    page.locator("summary").first.click()
    assert page.locator("[data-field='columns.text']").input_value().startswith("<b>text</b>")
    lab.shot(f"hostile-pick-{width}", ".wb-app")
    page.locator("button", has_text="Show code").first.click()
    assert "<b>text</b>" in page.locator(".wb-code pre").first.inner_text()

    lab.command("notebook:clear-all-cell-outputs")
    lab.run_cell(1)
    page.locator(".wb-curves[data-points='30']").wait_for()
    page.locator("h4", has_text="run <svg onload=window.__ran=1> & 'x': done").wait_for()
    assert page.locator(".wb-run").inner_text() == "runs/run <svg onload=window.__ran=1> & 'x'"
    assert payloads[2] in page.locator(".wb-error").first.inner_text()
    fits(lab)
    page.locator(".wb-steps [data-tab='3']").click()
    page.locator(".wb-confusion button").first.wait_for()
    page.wait_for_timeout(500)
    fits(lab)
    lab.shot(f"hostile-inspect-{width}", ".wb-app")
    shown = page.locator(".wb-panel-3 .wb-examples tbody td.wb-text").all_text_contents()
    assert shown == [p[:400] for p in payloads[::-1][:10]]
    # a refused text: one sentence in the panel, never a traceback
    box = page.locator(".wb-query textarea").first
    box.fill(payloads[0])
    page.locator(".wb-query button").click()
    page.locator(".wb-panel-3 .wb-error", has_text="has no model yet").wait_for()
    assert page.locator(".wb-panel-3 .wb-error details").count() == 0
    lab.check()


def fits(lab):
    """Nothing that is seen of the app lies beyond its right edge, or is scrolled sideways."""
    wide = lab.page.evaluate("""() => { const app = document.querySelector('.wb-app');
        const right = app.getBoundingClientRect().right + 1;
        return [...app.querySelectorAll('.wb, .wb *')].filter(e => e.offsetParent &&
            (e.getBoundingClientRect().right > right ||
             (e.matches('.wb-scroll, .wb') && e.scrollWidth > e.clientWidth + 2)))
            .map(e => e.tagName + '.' + e.className).slice(0, 8); }""")
    assert not wide, wide
