"""The embedding map against scikit-learn's own projection, and what is on it."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

import workbench as wb
from tests.training import tiny
from workbench import inspection
from workbench.errors import DataError
from workbench.inspection.inside.projection import project
from workbench.inspection.predictions.label_noise import embeddings


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("map")
    recipe = wb.Recipe(model=str(tiny.save_model(folder / "model")), dataset=tiny.frame(120),
                       test_size=40, validation_size=20, max_length=32, epochs=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_RUNS", str(folder / "runs"))
        return wb.fine_tune(recipe, progress=False)


def test_principal_components(run):
    found = inspection.embedding_map(run)
    table = run.predictions("test")
    states = embeddings(run, table["text"].tolist())
    centred = states - states.mean(0)
    _, values, axes = np.linalg.svd(centred.astype(np.float64), full_matrices=False)
    by_hand = centred @ axes[:2].T
    points = found[["x", "y"]].to_numpy()
    signs = np.sign((points * by_hand).sum(0))  # an axis may point either way
    np.testing.assert_allclose(points, by_hand * signs, atol=1e-4)
    assert found.attrs["explained"] == pytest.approx((values**2 / (values**2).sum())[:2].tolist())
    assert found["right"].tolist() == (table["label"] == table["prediction"]).tolist()
    assert found.attrs["of"] == len(found) == 40


def test_neighbours_stay_together_in_t_sne():
    rng = np.random.default_rng(0)
    groups = np.repeat([0, 1, 2], 30)
    states = (rng.normal(size=(90, 20)) * 0.1 + 5 * np.eye(20)[groups]).astype(np.float32)
    points, _ = project(states, "t-sne")
    apart = np.linalg.norm(points[:, None] - points[None], axis=-1)
    np.fill_diagonal(apart, np.inf)
    assert (groups[apart.argmin(1)] == groups).all()
    again, _ = project(states, "t-sne")
    np.testing.assert_array_equal(points, again)
    parts, _ = project(states, "pca")
    np.testing.assert_allclose(np.abs(parts), np.abs(PCA(2).fit_transform(states)), atol=1e-3)


def test_a_sample_of_many(run):
    few = inspection.embedding_map(run, most=10)
    assert len(few) == 10 and few.attrs["of"] == 40
    whole = run.predictions("test")
    assert few["text"].tolist() == whole["text"].iloc[few.index].tolist()
    assert few.index.tolist() == inspection.embedding_map(run, most=10).index.tolist()


def test_what_has_no_map(run):
    with pytest.raises(DataError, match="method is 'umap'.*'pca', 't-sne'"):
        inspection.embedding_map(run, method="umap")

    class Two:
        recipe = run.recipe

        def predictions(self, split):
            return run.predictions(split).head(2)

    with pytest.raises(DataError, match="There are 2 examples.*3 or more"):
        inspection.embedding_map(Two())


def test_pairs_are_embedded_together(run):
    texts = ["a good film", "a good film"]
    one, other = embeddings(run, texts, pairs=["bad", "so very warm"])
    assert np.abs(one - other).max() > 1e-4
