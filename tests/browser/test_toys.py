"""Widgets of the lessons in a real page: by keyboard alone, and in both themes."""

from playwright.sync_api import expect

SAMPLER = """
import workbench as wb
tokens = [" a", " the", "\\n", "词", "<b>", "z"]
sampler = wb.lesson.Sampler([3.0, 2.0, 2.0, 1.0, 0.0, -1.0], tokens, rows=5)
sampler
"""


def opened(lab, name, source):
    """The widget that a notebook of one cell shows."""
    lab.open(f"{name}.ipynb", [source])
    lab.run_cell(0)
    return lab.page.locator(".wb-toy")


def press(slider, key, times):
    slider.focus()
    for _ in range(times):
        slider.press(key)


def test_the_samplers_bars_follow_its_sliders(lab):
    toy = opened(lab, "sampler", SAMPLER)
    expect(toy).to_contain_text("6 of 6 tokens can come")
    press(toy.get_by_label("top-k"), "ArrowLeft", 3)  # 6, 5, 4, 3
    expect(toy).to_contain_text("3 of 6 tokens can come")
    expect(toy.get_by_text("cut", exact=True)).to_have_count(3)
    press(toy.get_by_label("Temperature"), "ArrowLeft", 5)
    lab.until("[sampler.temperature, sampler.top_k, sampler.top_p]", [0.5, 3, 1])
    toy.get_by_text("Draw ten").press("Enter")
    expect(toy.locator(".wb-tag")).to_have_count(10)
    lab.look("toy-sampler", ".wb-toy")


LETTERS = """
import workbench as wb
game = wb.lesson.NextLetter("to be\\nor", "bertno \\n", lambda ids: [1 / 8] * 8, given=3)
game
"""


def test_a_typed_letter_is_a_guess(lab):
    toy = opened(lab, "letters", LETTERS)
    press(toy.get_by_label("How sure"), "ArrowLeft", 6)  # 0.8 to 0.5
    box = toy.get_by_label("Next letter")
    box.press("b")
    expect(toy).to_contain_text("After 1 letter your perplexity is 2.00, the model's 8.00")
    box.press("r")  # e comes
    expect(toy.locator(".wb-miss")).to_have_text("e")
    box.press("Q")
    expect(toy.get_by_role("alert")).to_contain_text("'Q' is no letter of the model")
    box.press("Enter")
    lab.until("[game.told, game.left, list(game.frame().guess)]", ["to be\n", 2, ["b", "r", "\n"]])
    expect(toy.get_by_role("alert")).to_be_hidden()
    box.press("o")
    expect(toy.locator(".wb-hit")).to_have_text("o")
    lab.look("toy-letters", ".wb-toy")
    toy.get_by_text("Begin again").press("Enter")
    expect(toy).to_contain_text("No letter has been guessed yet. 5 letters are left.")
    expect(box).to_be_focused()


MERGES = """
import workbench as wb
texts = {"English": "the other mother, the other brother " * 3}
texts["Chinese"] = "语言模型，语言模型。" * 3
toy = wb.lesson.Merges(texts, {"English": "the brother <b>", "中文": "语言模型学习"}, most=12, at=0)
toy
"""


def test_sentences_are_cut_merge_by_merge(lab):
    toy = opened(lab, "merges", MERGES)
    expect(toy).to_contain_text("English: 13 pieces for 13 characters")
    slider = toy.get_by_label("Merges")
    press(slider, "ArrowRight", 2)
    expect(toy).to_contain_text("2 of 10 merges")
    slider.press("End")
    expect(toy).to_contain_text("中文: 3 pieces for 6 characters")
    lab.until("toy.cut('语言模型学习')", ["语言模型", "学", "习"])
    lab.look("toy-merges", ".wb-toy")


BEAMS = """
import numpy as np
import workbench as wb
after = np.random.default_rng(1).normal(size=(12, 12)) * 2
tokens = [" the", " cat", " sat", "\\n", "词语", "<b>bold</b>", " on", " a"]
tokens += [" mat", ".", ",", " <end>"]
tree = wb.lesson.BeamTree(lambda ids: after[ids[-1]], [0], tokens, max_new_tokens=8, end_id=11)
tree
"""


def test_a_tree_of_beams_grows_by_its_sliders(lab):
    toy = opened(lab, "beams", BEAMS)
    expect(toy).to_contain_text("1 step at width 3")
    press(toy.get_by_label("Steps"), "ArrowRight", 5)
    expect(toy).to_contain_text("6 steps at width 3")
    press(toy.get_by_label("Beams"), "ArrowLeft", 1)
    expect(toy).to_contain_text("6 steps at width 2")
    press(toy.get_by_label("Length penalty"), "ArrowLeft", 2)
    lab.until("[tree.steps, tree.beams, tree.length_penalty]", [6, 2, 0.5])
    expect(toy.locator("li")).to_have_count(24)
    expect(toy.locator('li[data-fate="kept"]')).to_have_count(12)
    expect(toy.locator("li", has_text="best text")).to_have_count(6)
    lab.look("toy-beams", ".wb-toy")


QUERY = """
import workbench as wb
keys, values = [[2, 0], [1, 1.5], [-1.5, 1], [0.5, -2]], [[4, 0], [0, 4], [8, 8], [-6, 2]]
toy = wb.lesson.AttentionQuery(keys, values, ["the", "猫", "<b>", "sleeps"], query=(1, 0))
toy
"""


def test_a_query_is_moved_by_keys_and_mouse(lab):
    toy = opened(lab, "query", QUERY)
    expect(toy).to_contain_text("The query sees 4 of 4 keys; the heaviest is 'the'")
    plane = toy.locator(".wb-toy-drag")
    press(plane, "ArrowUp", 2)
    lab.until("toy.query", [1, 0.25])  # each a twentieth of 2.5
    press(toy.get_by_label("Keys in sight"), "ArrowLeft", 1)
    toy.get_by_label("Sees 猫").press("Space")
    expect(toy).to_contain_text("The query sees 2 of 4 keys")
    expect(toy.get_by_text("masked", exact=True)).to_have_count(2)
    expect(toy.get_by_label("Sees sleeps")).to_be_disabled()
    box = plane.bounding_box()
    lab.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    lab.page.mouse.down()
    lab.page.mouse.move(box["x"] + box["width"] / 10, box["y"] + box["height"] / 4, steps=3)
    lab.page.mouse.up()
    expect(toy).to_contain_text("the heaviest is '<b>'")
    lab.until("[round(x, 1) for x in toy.query] + toy.off", [-2.0, 1.2, 1])
    lab.look("toy-query", ".wb-toy")


RATES = """
import math
import workbench as wb
steps = range(60)
runs = {rate: ([0.3 + 0.5 * math.exp(-33 * rate * i) + 0.03 * (i * 7 % 5) for i in steps],
               0.35 + 0.5 * math.exp(-2000 * rate)) for rate in (1e-5, 1e-4, 5e-4)}
runs[2e-3] = ([0.8 + 0.001 * i * i for i in steps], 4.0)
runs[1e-2] = ([0.8, 1.4, 3.0] + [math.nan] * 57, math.nan)
toy = wb.lesson.RateSlider(runs)
toy
"""


def test_a_slider_goes_through_the_recorded_rates(lab):
    toy = opened(lab, "rates", RATES)
    expect(toy).to_contain_text("At 1e-05 the loss goes from")
    slider = toy.get_by_label("Learning rate")
    press(slider, "ArrowRight", 2)
    expect(toy).to_contain_text("is the best of 5 runs. Diverged: 0.002, 0.01.")
    slider.press("ArrowRight")
    expect(toy).to_contain_text("the run diverged. The best by validation is 0.0005")
    expect(toy.locator("tr.wb-chosen")).to_contain_text("0.002")
    lab.until("toy.rate", 0.002)
    lab.look("toy-rates", ".wb-toy")


TEMPERATURE = """
import numpy as np
import pandas as pd
import workbench as wb
draw = np.random.default_rng(0)
logits = 4 * draw.normal(size=(400, 3))
labels = (logits + 3 * draw.gumbel(size=logits.shape)).argmax(1)
scores = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
names = np.array(["a", "b", "c"])
rows = {"label": names[labels], "prediction": names[scores.argmax(1)]}
rows |= {f"score_{name}": scores[:, i] for i, name in enumerate(names)}
toy = wb.lesson.TemperatureScaling(pd.DataFrame(rows))
toy
"""


def test_the_reliability_follows_the_temperature(lab):
    toy = opened(lab, "temperature", TEMPERATURE)
    expect(toy).to_contain_text("At temperature 1.00 the mean confidence is")
    press(toy.get_by_label("Temperature", exact=True), "ArrowRight", 4)
    lab.until("toy.temperature", 1.149)  # two to the power of 0.2
    expect(toy).to_contain_text("At temperature 1.15")
    toy.get_by_role("button").press("Enter")
    lab.until("[toy.temperature == toy.fitted, 2 < toy.fitted < 4]", [True, True])
    expect(toy.locator("tbody tr")).to_have_count(7)  # of three classes no confidence is below 0.3
    lab.look("toy-temperature", ".wb-toy")


SAID = "No kernel answers this widget any more: run the notebook again"


def test_without_a_kernel_a_toy_and_the_record_say_what_they_need(lab):
    lab.open("gone.ipynb", [SAMPLER, "import workbench as wb\nwb.lesson.progress('21')"])
    lab.run_cell(0)
    lab.run_cell(1)
    gone = lab.page.locator(".wb-gone")
    expect(gone).to_have_count(2)
    expect(gone.first).to_be_hidden()
    lab.restart_kernel()
    for which in (0, 1):
        expect(gone.nth(which)).to_contain_text(SAID)
    lab.look("toy-gone", ".jp-Notebook")
    lab.run_cell(0)
    expect(gone.first).to_be_hidden()
    press(lab.page.get_by_label("top-k"), "ArrowLeft", 3)
    lab.until("sampler.top_k", 3)
