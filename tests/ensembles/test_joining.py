"""What several models say as one, by hand and against scikit-learn; averaged weights bit by bit."""

from types import SimpleNamespace

import numpy as np
import pytest
import sklearn.linear_model
import sklearn.metrics
from safetensors.torch import load_file, save_file

from workbench import ensembles, task_registry, tasks
from workbench.errors import DataError
from workbench.tasks.shared.encoding import Encoded
from workbench.tasks.shared.softmax import log_softmax
from workbench.training.predicting import stacker
from workbench.training.predicting.joining import joined

ALIKE = np.array([1.0, 1.0])


def rows(words, ids=None):
    """One text: of each token the word that it begins, or -1."""
    word = np.array(words)
    ids = np.arange(len(word)) if ids is None else np.array(ids)
    return Encoded(
        {"input_ids": ids.astype(np.int32)}, np.array([0, len(word)]), per_token=True,
        about={"word": word},
    )  # fmt: skip


def shares(logits):
    return np.exp(log_softmax(np.asarray(logits)))


def test_a_soft_vote_is_the_mean_of_probabilities():
    # one is sure of the first class, two lean to the second: the sure one wins
    said = [np.log([[0.9, 0.1]]), np.log([[0.4, 0.6]]), np.log([[0.45, 0.55]])]
    task = tasks.get("text-classification")
    assert shares(joined(task, [], said, np.ones(3))) == pytest.approx(
        np.array([[1.75 / 3, 1.25 / 3]])
    )
    assert shares(joined(task, [], said, np.array([0, 1, 3]))) == pytest.approx(
        np.array([[(0.4 + 3 * 0.45) / 4, (0.6 + 3 * 0.55) / 4]])
    )


def test_labels_and_numbers_by_hand():
    said = [np.array([[0.0, 100.0]]), np.array([[np.log(3), 100.0]])]  # 0.5 and 0.75; both sure
    found = joined(tasks.get("multi-label-classification"), [], said, ALIKE)
    assert 1 / (1 + np.exp(-found[0])) == pytest.approx([0.625, 1.0])
    numbers = [np.array([[1.0], [4.0]]), np.array([[2.0], [0.0]])]
    assert joined(tasks.get("regression"), [], numbers, np.array([3, 1]))[:, 0] == pytest.approx(
        [1.25, 3.0]
    )


def test_tags_are_joined_word_by_word_whatever_the_tokenizer():
    task = tasks.get("token-classification")
    first, second = rows([-1, 0, -1, 1, 2]), rows([-1, 0, 1, -1])  # the second cut off word 2
    one = np.log([[0.5, 0.5], [0.8, 0.2], [0.5, 0.5], [0.3, 0.7], [0.1, 0.9]])
    two = np.log([[0.5, 0.5], [0.2, 0.8], [0.9, 0.1], [0.5, 0.5]])
    found = shares(joined(task, [first, second], [one, two], ALIKE))
    assert found[[1, 3, 4], 0] == pytest.approx([0.5, 0.6, 0.1])


def test_spans_multiply_probabilities_of_places_and_need_the_same_tokens():
    task = tasks.get("question-answering")
    one, two = np.log([[0.6, 0.1], [0.4, 0.9]]), np.log([[0.1, 0.5], [0.9, 0.5]])
    same = [rows([0, 1]), rows([0, 1])]
    found = joined(task, same, [one, two], ALIKE)
    assert shares(found.T)[0] == pytest.approx(
        np.sqrt([0.06, 0.36]) / np.sqrt([0.06, 0.36]).sum()
    )
    with pytest.raises(DataError, match="other tokens"):
        joined(task, [rows([0, 1]), rows([0, 1], [5, 6])], [one, two], ALIKE)


def test_cosines_of_joined_vectors_are_the_mean_cosines_of_vectors_of_any_width():
    rng = np.random.default_rng(0)
    found = [rng.normal(size=(4, width)) for width in (3, 5)]
    found = [one / np.linalg.norm(one, axis=1, keepdims=True) for one in found]
    whole = joined(tasks.get("sentence-similarity"), [], found, np.array([1, 3]))
    assert whole @ whole.T == pytest.approx(
        0.25 * found[0] @ found[0].T + 0.75 * found[1] @ found[1].T
    )


@pytest.mark.parametrize("name", ["chat", "text-to-text", "language-modelling",
                                  "masked-language-modelling"])  # fmt: skip
def test_what_writes_has_no_mean(name):
    with pytest.raises(DataError, match="'soup'"):
        joined(SimpleNamespace(spec=task_registry.spec(name)), [], [ALIKE, ALIKE], ALIKE)


@pytest.mark.parametrize("classes", [2, 3])
def test_stacking_is_sklearns_logistic_regression_on_log_probabilities(classes):
    rng = np.random.default_rng(classes)
    truth = np.arange(60) % classes
    said = [rng.normal(size=(60, classes)) + 2 * np.eye(classes)[truth] for _ in range(2)]
    names = list("abc")[:classes]
    spec = task_registry.spec("text-classification")
    made = stacker.fitted(spec, said, truth, names)
    x = np.concatenate([np.log(shares(one)) for one in said], axis=1)
    theirs = sklearn.linear_model.LogisticRegression(max_iter=1000).fit(x, truth)
    assert shares(made.outputs(said)) == pytest.approx(theirs.predict_proba(x), abs=1e-9)
    again = stacker.Stacker.from_dict(made.to_dict())
    assert again.outputs(said).tolist() == made.outputs(said).tolist()
    # each row is told by a model that did not learn it, and so worse than what learnt it
    crossed = shares(stacker.crossed(spec, said, truth, names))
    losses = [sklearn.metrics.log_loss(truth, one) for one in (shares(made.outputs(said)), crossed)]
    assert losses[0] < losses[1]
    with pytest.raises(DataError, match=names[0]):
        stacker.fitted(spec, said, np.full(60, 1), names)


def test_stacking_of_labels_and_numbers_and_of_nothing_else():
    rng = np.random.default_rng(0)
    said = [rng.normal(size=(40, 2)) for _ in range(3)]
    truth = (said[1] > 0).astype(float)  # the second member is always right
    spec = task_registry.spec("multi-label-classification")
    made = stacker.fitted(spec, said, truth, ["x", "y"])
    assert ((made.outputs(said) > 0) == (truth > 0)).mean() > 0.95
    x = np.stack([one[:, 1] for one in said], axis=1)
    theirs = sklearn.linear_model.LogisticRegression(max_iter=1000).fit(x, truth[:, 1])
    assert made.outputs(said)[:, 1] == pytest.approx(theirs.decision_function(x))
    numbers = [one[:, :1] for one in said]
    ridge = stacker.fitted(task_registry.spec("regression"), numbers, said[0][:, 0], ["score"])
    x = np.concatenate(numbers, axis=1)
    theirs = sklearn.linear_model.Ridge(alpha=1.0).fit(x, said[0][:, 0])
    assert ridge.outputs(numbers)[:, 0] == pytest.approx(theirs.predict(x))
    with pytest.raises(DataError, match="'vote'"):
        stacker.fitted(task_registry.spec("token-classification"), said, truth, ["x", "y"])


def test_averaged_weights_are_means_rounded_once(tmp_path):
    import torch

    rng = np.random.default_rng(0)
    made = [{"w": rng.normal(size=(3, 4)).astype(np.float32), "n": np.arange(3)} for _ in range(3)]
    for number, one in enumerate(made):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "config.json").write_text(f'{{"number": {number}}}')
        (folder / "decision.json").write_text("{}")
        save_file({n: torch.from_numpy(v) for n, v in one.items()}, folder / "model.safetensors")
    folders = [tmp_path / str(number) for number in range(3)]
    soup = ensembles.averaged(folders, tmp_path / "soup")
    found = load_file(soup / "model.safetensors")
    wanted = np.mean([one["w"].astype(np.float64) for one in made], axis=0).astype(np.float32)
    assert found["w"].numpy().tobytes() == wanted.tobytes()
    assert found["n"].tolist() == [0, 1, 2]
    assert sorted(path.name for path in soup.iterdir()) == ["config.json", "model.safetensors"]
    assert (soup / "config.json").read_text() == '{"number": 0}'
    save_file({"w": torch.zeros(2, 2)}, folders[2] / "model.safetensors")
    with pytest.raises(DataError, match="another shape"):
        ensembles.averaged(folders, tmp_path / "none")
