"""Metric, baseline, seconds and memory of each task with its default recipe."""

from __future__ import annotations

import shutil

import workbench as wb
from tests.benchmarks.measure import Goal

SECONDS = 120  # of training, in which the default recipe has to beat its baseline on two cores


def spam(scale: str):
    """Text messages, one in eight spam: macro-F1 against TF-IDF."""
    return _task("text-classification", "sample:spam", "macro_f1", "tfidf_logistic_regression",
                 scale)  # fmt: skip


def chinese_reviews(scale: str):
    """Chinese shop reviews with a multilingual model: macro-F1 against TF-IDF."""
    return _task("text-classification", "sample:chinese-sentiment", "macro_f1",
                 "tfidf_logistic_regression", scale, model="sample:multilingual-e5",
                 max_train_examples=1200, max_eval_examples=600)  # fmt: skip


def regression(scale: str):
    """Sentiment strength with the default recipe: Pearson's r against TF-IDF and the mean."""
    return _task("regression", "sample:movie-strength", "pearson", "tfidf_ridge", scale)


def several_labels(scale: str):
    """Kinds of names in tweets, several a tweet: macro-F1 against TF-IDF, one model a label."""
    return _task("multi-label-classification", "sample:tweets-entity-types", "macro_f1",
                 "tfidf_one_vs_rest", scale)  # fmt: skip


def named_entities(scale: str):
    """Entities in tweets with the default recipe: F1 against each word's most frequent tag."""
    return _task("token-classification", "sample:tweets-ner", "f1", "most_frequent_tag", scale)


def chinese_names(scale: str):
    """Entities in a Chinese newspaper with the default recipe: F1 against the most frequent tag."""
    return _task("token-classification", "sample:people-daily-ner", "f1", "most_frequent_tag",
                 scale, max_eval_examples=600)  # fmt: skip


def question_answering(scale: str):
    """1,500 questions of SQuAD's development set: F1 against the best span by question word."""
    return _task("question-answering", "sample:squad-dev", "f1", "question_word", scale,
                 seconds=600, max_train_examples=1500, max_eval_examples=300)  # fmt: skip


def _task(task: str, dataset: str, metric: str, baseline: str, scale: str, *,
          seconds: int = SECONDS, **changes):  # fmt: skip
    recipe = wb.Recipe(task=task, dataset=dataset, **changes)
    if scale == "small":
        recipe = recipe.replace(max_train_examples=64, max_eval_examples=40, epochs=1)
    run = wb.start(recipe).wait()  # a process of its own: its memory is that of this run alone
    results, measured = run.results(), run.metrics("test")
    steps = run.history().query("kind == 'step'")
    beside = results["baselines"][baseline][metric]
    figures = {
        "training examples": run.data_info()["examples"]["train"],
        "epochs, learning rate, max length": [
            recipe.epochs, recipe.learning_rate, recipe.max_length
        ],
        **{name: value for name, value in measured.items() if name != "loss"},
        **{f"{metric} of {name}": values[metric] for name, values in results["baselines"].items()},
        "training seconds": results["training_seconds"],
        "memory of the process, MB": float(steps["memory_mb"].max()),
    }  # fmt: skip
    shutil.rmtree(run.path)
    goals = [Goal("training seconds", results["training_seconds"], at_most=seconds)]
    if task != "question-answering":  # whose baseline knows what a question word asks for
        goals.append(Goal(f"{metric}, gain over {baseline}", measured[metric] - beside, at_least=0))
    return figures, goals
