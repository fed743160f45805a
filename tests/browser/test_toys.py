"""Widgets of the lessons in a real page: by keyboard alone, and in both themes."""

from playwright.sync_api import expect

SAMPLER = """
import workbench as wb
tokens = [" a", " the", "\\n", "词", "<b>", "z"]
sampler = wb.lesson.Sampler([3.0, 2.0, 2.0, 1.0, 0.0, -1.0], tokens, rows=5)
sampler
"""


def press(slider, key, times):
    slider.focus()
    for _ in range(times):
        slider.press(key)


def test_the_samplers_bars_follow_its_sliders(lab):
    lab.open("sampler.ipynb", [SAMPLER])
    lab.run_cell(0)
    toy = lab.page.locator(".wb-toy")
    expect(toy).to_contain_text("6 of 6 tokens can come")
    press(toy.get_by_label("top-k"), "ArrowLeft", 3)  # 6, 5, 4, 3
    expect(toy).to_contain_text("3 of 6 tokens can come")
    expect(toy.get_by_text("cut", exact=True)).to_have_count(3)
    press(toy.get_by_label("Temperature"), "ArrowLeft", 5)
    lab.until("[sampler.temperature, sampler.top_k, sampler.top_p]", [0.5, 3, 1])
    toy.get_by_text("Draw ten").press("Enter")
    expect(toy.locator(".wb-tag")).to_have_count(10)
    lab.look("toy-sampler", ".wb-toy")
