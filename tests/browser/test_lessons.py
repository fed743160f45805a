"""Exercises in a real page: an answer is judged where it stands, and the record follows."""

from playwright.sync_api import expect

CELLS = ["""
import os, pathlib
os.environ["WORKBENCH_LESSONS"] = str(pathlib.Path("lessons").absolute())
import workbench as wb
wb.lesson.progress("21")
""", """
wb.lesson.check("21.4", 3)
""", """
wb.lesson.check("21.1", 4)
""", """
import torch
from workbench.nets import attention
wb.lesson.source(attention.MultiHeadAttention(12, 3), torch.randn(1, 5, 12))
"""]


def test_answers_are_judged_and_the_record_follows(lab):
    lab.open("lesson.ipynb", CELLS)
    lab.run_cell(0)
    page = lab.page
    record = page.locator(".wb-lesson")
    expect(record).to_contain_text("0 of 5 solved")
    expect(record.locator("[data-state='open']")).to_have_count(5)
    lab.run_cell(1)
    expect(page.get_by_text("A head has one weight for each pair of tokens.")).to_be_visible()
    lab.run_cell(2)
    expect(record).to_contain_text("1 of 5 solved")
    expect(record.get_by_label("Exercise 1: solved")).to_be_visible()
    expect(record.get_by_label("Exercise 4: tried, not solved")).to_be_visible()
    lab.run_cell(3)
    forward = page.get_by_text("# q (1, 3, 5, 4)", exact=False).first
    expect(forward).to_be_visible()
    expect(page.get_by_text("super().__init__()")).to_be_hidden()
    page.locator("summary", has_text="__init__").click()
    expect(page.get_by_text("super().__init__()")).to_be_visible()
    lab.look("lesson", ".jp-Notebook")
