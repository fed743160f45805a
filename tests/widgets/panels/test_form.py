"""The form holds the recipe: what is typed, what Python sets, what is wrong."""

import dataclasses
import threading

import pytest

from workbench import Recipe, hardware, task_registry, tasks
from workbench.catalog import listing
from workbench.errors import RecipeError
from workbench.recipe import METHODS
from workbench.widgets.panels import device_field, form_fields, kind_fields
from workbench.widgets.panels.form import KEPT, RecipeForm
from workbench.widgets.panels.guards import questions


def type_in(form, **texts):
    form.values = {**form.values, **{k.replace("__", "."): v for k, v in texts.items()}}


def test_untouched_form_is_the_recipe():
    for recipe in (
        Recipe(),
        Recipe(epochs=0.5, learning_rate=3e-5, max_steps=7, length_grouping=False, warmup=10,
               class_weights={"a": 2.0, "b": 1.0}, columns={"text": "review"}, report_to=["x"],
               max_train_examples=None, precision="bf16", test_size=100),
        Recipe(method={"kind": "lora", "rank": 4, "targets": ["query", "value"]}),
        Recipe(method={"kind": "lora", "alpha": 0.5, "dropout": 0.1}),
    ):
        form = RecipeForm(recipe)
        assert form.recipe == recipe and form.errors == {} and form.problem == ""


def test_every_field_is_in_the_form():
    names = {field["name"] for field in RecipeForm().fields}
    shown = {f.name for f in dataclasses.fields(Recipe)} - KEPT
    assert KEPT >= {"columns", "report_to"} and "class_weights" in shown
    roles = {role.name for one in task_registry.specs() for role in one.roles}
    assert {"text", "label", "pair", "tokens", "tags", "question", "context", "answers"} <= roles
    own = {f"method.{kind}.{spec.name}" for kind in METHODS.names()
           for spec in dataclasses.fields(METHODS.module(kind).Settings)}  # fmt: skip
    written = ("max_new_tokens", "min_new_tokens", "max_seconds", "stop", "repetition_penalty",
               "no_repeat_ngram_size")  # fmt: skip
    kinds = ("greedy", "sampling", "beams")
    own |= {f"generation.{kind}.{name}" for kind in kinds for name in written}
    own |= {f"generation.beams.{name}" for name in ("num_beams", "length_penalty",
                                                    "early_stopping")}  # fmt: skip
    own |= {f"masking.{kind}.{name}" for kind in ("tokens", "words")
            for name in ("share", "masked", "random")}  # fmt: skip
    own |= {f"matching.{kind}.{name}" for kind in ("bi_encoder", "cross_encoder")
            for name in ("temperature", "candidates")}  # fmt: skip
    own |= {"matching.bi_encoder.pooling", "matching.cross_encoder.negatives"}
    own |= {f"generation.sampling.{name}" for name in ("temperature", "top_k", "top_p", "seed")}
    own |= {f"prompt.{kind}.max_target_length" for kind in ("plain", "template")}
    own |= {"prompt.plain.prefix", "prompt.template.template"}
    own |= {"prompt.conversation.template", "prompt.conversation.cut"}
    declared = {name for kinds in kind_fields.choices() for name, *_ in kind_fields.settings(kinds)}
    assert declared >= own
    several = {device_field.NAME} if hardware.available() > 1 else set()
    assert names == shown | {f"columns.{role}" for role in roles} | declared | several


def visible(form):
    return {field["name"] for field in form.fields} - set(form.hidden)


def test_what_does_not_apply_to_the_task_is_out_of_sight_unless_it_is_set():
    form = RecipeForm()
    assert {"columns.text", "columns.label", "class_weights", "sampling"} <= visible(form)
    assert not {"columns.tokens", "columns.context"} & visible(form)
    form.set(task="question-answering")
    assert {"columns.question", "columns.context", "columns.answers", "epochs"} <= visible(form)
    assert not {"columns.text", "class_weights", "sampling", "label_smoothing"} & visible(form)
    form.set(task="token-classification", focal_gamma=2.0)  # set all the same: to be seen
    assert {"columns.tokens", "columns.tags", "focal_gamma", "label_smoothing"} <= visible(form)
    form.set(focal_gamma=0)
    assert "focal_gamma" not in visible(form)
    both = {"tags": "ner", "label": "old"}
    form.set(columns=both)
    assert "columns.label" in visible(form) and form.recipe.columns == both


def in_sight(form):
    """What is seen before anything is unfolded."""
    front = [field["name"] for field in form.fields if field["front"]]
    return [name for name in front if name in visible(form)]


@pytest.mark.parametrize("method", METHODS.names())
@pytest.mark.parametrize("task", listing.tasks())
def test_at_most_eight_settings_are_in_sight_whatever_is_chosen(task, method):
    form = RecipeForm()
    form.set(task=task, method=method)
    shown = in_sight(form)
    assert set(shown) >= {"task", "model", "dataset", "method", "epochs"} and len(shown) <= 8
    assert all(name.startswith(f"method.{method}.") for name in shown if name.count(".") == 2)
    others = [kinds for kinds in kind_fields.choices() if kinds.field != "method"]
    for field, kind in [(kinds.field, kind) for kinds in others for kind in kinds.names()]:
        type_in(form, **{field: kind})
        assert len(in_sight(form)) <= 8


def test_a_kind_has_what_matters_most_of_it_in_sight_behind_the_choice():
    form = RecipeForm()
    assert in_sight(form) == [
        "task", "model", "dataset", "method", "epochs", "learning_rate", "max_length",
    ]  # fmt: skip
    form.set(method="lora")
    assert in_sight(form)[3:6] == ["method", "method.lora.rank", "epochs"]
    assert len(in_sight(form)) == 8


def test_a_choice_shows_its_own_settings_alone():
    form = RecipeForm()
    own = {f"method.lora.{name}" for name in ("rank", "alpha", "dropout", "targets", "variant")}
    assert not own & visible(form) and form.recipe.method == {"kind": "full"}
    type_in(form, method="lora")
    assert own <= visible(form) and form.errors == {}
    assert form.recipe.method == Recipe(method="lora").method
    type_in(form, **{"method.lora.rank": "4", "method.lora.targets": "query, value"})
    assert form.recipe.method["rank"] == 4
    assert form.recipe.method["targets"] == ["query", "value"]
    type_in(form, **{"method.lora.rank": "0"})
    assert set(form.errors) == {"method.lora.rank"}
    assert "at least 1" in form.errors["method.lora.rank"] and form.problem.startswith("Rank: ")
    type_in(form, **{"method.lora.rank": "thin", "epochs": "-1"})
    assert set(form.errors) == {"method.lora.rank", "epochs"}
    type_in(form, method="full", epochs="")  # what is wrong is out of sight, and does not count
    assert form.errors == {} and not own & visible(form) and form.recipe == Recipe()
    type_in(form, method="lroa")
    assert "Did you mean 'lora'" in form.errors["method"]
    form.set(method={"kind": "lora", "rank": 2})
    assert form.errors == {} and form.recipe.method == Recipe(
        method={"kind": "lora", "rank": 2}).method  # fmt: skip
    assert form.values["method.lora.rank"] == "2"
    form.set(method="full")
    assert form.recipe == Recipe()
    with pytest.raises(RecipeError, match="has no setting 'rnk'"):
        form.set(method={"kind": "lora", "rnk": 2})


def test_a_teacher_is_asked_for_where_one_is_to_be_learnt_from():
    form = RecipeForm(Recipe())
    assert ["distillation", "distillation"] in form.offers["loss"]
    own = {f"loss.distillation.{name}" for name in ("teacher", "temperature", "weight", "hidden")}
    assert own <= set(form.hidden)
    type_in(form, loss="distillation")
    assert not own & set(form.hidden)
    assert set(form.errors) == {"loss.distillation.teacher"}
    assert "is empty" in form.errors["loss.distillation.teacher"]
    type_in(form, **{"loss.distillation.teacher": "a-run", "loss.distillation.weight": "0.9"})
    assert not form.errors and form.recipe.loss == {
        "kind": "distillation", "teacher": "a-run", "temperature": 2.0, "weight": 0.9,
        "hidden": 0.0,
    }  # fmt: skip


@pytest.mark.parametrize("task", listing.tasks())
def test_a_checkpoint_is_chosen_by_a_metric_of_the_task(task):
    form = RecipeForm(Recipe(task=task, dataset="own.csv"))
    offered = [value for value, _ in form.offers["best_metric"]]
    assert offered == ["", *tasks.get(task).metric_names] and offered[-1] == "loss"
    for name in offered[1:]:
        form.set(best_metric=name)
        assert form.recipe.best_metric == name and not form.errors


def test_typing():
    form = RecipeForm()
    type_in(form, epochs="3", learning_rate=" 5e-5 ", max_train_examples="", schedule="cosine",
            columns__text="review", class_weights="balanced", length_grouping="false")
    assert form.recipe == Recipe(
        epochs=3, learning_rate=5e-5, max_train_examples=None, schedule="cosine",
        columns={"text": "review"}, class_weights="balanced", length_grouping=False)


@pytest.mark.parametrize("name, text", [
    ("epochs", "-1"), ("epochs", "many"), ("epochs", "0"), ("learning_rate", "1e9"),
    ("batch_size", "2.5"), ("max_length", "1"), ("seed", "-3"), ("learning_rate", "nan"),
    ("class_weights", "heavy"), ("test_size", "1.5"),
])
def test_a_wrong_value_is_marked_at_its_field(name, text):
    form = RecipeForm()
    type_in(form, **{name: text})
    assert list(form.errors) == [name] and "\n" not in form.errors[name]
    assert form.problem and form.problem.split(":")[0] in {f["label"] for f in form.fields}
    with pytest.raises(RecipeError):
        _ = form.recipe
    type_in(form, **{name: _default(name)})
    assert form.errors == {}


def _default(name):
    value = getattr(Recipe(), name)
    return "" if value is None else str(value)


def test_several_wrong_fields_are_all_marked():
    form = RecipeForm()
    type_in(form, epochs="-1", batch_size="0", seed="x")
    assert set(form.errors) == {"epochs", "batch_size", "seed"}
    assert form.problem.startswith("Epochs: ")


def test_python_sets_what_typing_sets():
    form = RecipeForm()
    form.set(epochs=4, class_weights=[1.0, 2.0], columns={"label": "stars"}, max_steps=None)
    assert form.recipe == Recipe(epochs=4, class_weights=[1.0, 2.0], columns={"label": "stars"})
    assert form.values["epochs"] == "4" and form.values["columns.label"] == "stars"
    form.set(epochs=-1)
    assert "epochs" in form.errors
    with pytest.raises(RecipeError, match="epoch"):
        form.set(epoch=3)


def test_problems_of_the_data_are_marked_and_go():
    form = RecipeForm()
    form.mark({"max_length": "The model has 64 positions."})
    assert form.problem == "Max length: The model has 64 positions."
    form.mark({})
    assert form.errors == {}


def test_another_task_brings_its_defaults_where_nothing_was_typed():
    form = RecipeForm(Recipe())
    form._message(None, {"set": "task", "value": "token-classification"}, [])  # as the page says it
    form.set(task="chat")
    assert form.values["max_length"] == "256" and form.values["batch_size"] == "4"
    form.set(task="token-classification", model="sample:minilm-l6", dataset="sample:tweets-ner")
    assert form.values["max_length"] == "128"
    assert form.recipe == Recipe(task="token-classification", dataset="sample:tweets-ner")
    form.values = {**form.values, "epochs": "7"}
    form.values = {**form.values, "task": "text-classification"}
    assert form.recipe == Recipe(epochs=7)


def test_models_and_datasets_are_offered_by_task():
    form = RecipeForm()
    for task in listing.tasks():
        form.set(task=task)
        for kind, table in (("model", listing.models(task)), ("dataset", listing.datasets(task))):
            assert [name for name, _ in form.offers[kind]] == table["id"].tolist() != []
        offered = [name for name, _ in form.offers["dataset"]]
        assert form.values["dataset"] in offered
        able = [name for name, _ in form.offers["model"]]
        encoders = "encoder" in task_registry.spec(task).families
        assert ("sample:minilm-l6" in able) is encoders and form.values["model"] in able
        assert "sample:movie-sentiment" not in offered or task == "text-classification"


def test_a_listed_model_gives_way_to_one_that_can_be_trained_for_the_new_task():
    form = RecipeForm()
    form.set(task="text-to-text")
    assert form.values["model"] == "sample:smollm2-135m"
    assert "sample:minilm-l6" in form.moved["model"]
    form.facts = {"model": "135 M parameters", "dataset": "300 records"}
    form.set(model="own/folder")  # what was said is of another model
    assert "model" not in form.moved and form.facts == {"dataset": "300 records"}
    form.set(dataset="own.csv")
    assert form.moved == form.facts == {}
    own = RecipeForm(Recipe(model="own/folder"))
    own.set(task="text-to-text")
    assert own.values["model"] == "own/folder" and "model" not in own.moved


def test_a_listed_dataset_gives_way_to_one_for_the_new_task_and_that_is_said():
    form = RecipeForm(columns_of_its_own := Recipe(columns={"text": "said"}))
    form.set(task="regression")
    assert form.values["dataset"] == "sample:movie-strength" and form.recipe.columns == {}
    assert "sample:movie-sentiment" in form.moved["dataset"]
    form.set(dataset="own.csv")
    assert form.moved == {}
    form.set(task="question-answering")  # a file of one's own stays
    assert form.values["dataset"] == "own.csv" and form.moved == {}
    form.set(task="text-classification", dataset="sample:squad-dev")  # said together: meant
    assert form.values["dataset"] == "sample:squad-dev"
    assert columns_of_its_own.columns == {"text": "said"}


def test_two_quick_edits_of_two_fields_are_both_kept():
    """Each message names its field: the second one does not carry the form of before the first."""
    form = RecipeForm()
    edits = [("epochs", "5"), ("batch_size", "8"), ("seed", "3"), ("warmup", "0.1")]
    threads = [
        threading.Thread(target=form._message, args=(None, {"set": name, "value": value}, []))
        for name, value in edits
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert form.recipe == Recipe(epochs=5.0, batch_size=8, seed=3, warmup=0.1)
    form._message(None, {"set": "no such field", "value": "1"}, [])
    assert form.recipe.epochs == 5


def test_a_task_is_listed_by_its_name_and_explained_below():
    field = next(one for one in RecipeForm().fields if one["name"] == "task")
    assert ["regression", "Regression"] in field["choices"]
    assert field["gists"]["regression"] == "a number for a text"
    assert max(len(name) for _, name in field["choices"]) <= 20, "a narrow list cuts what is longer"


def test_a_unit_is_one_short_word_and_the_rest_is_said_elsewhere():
    fields = RecipeForm().fields
    units = {one["name"]: one.get("unit", "") for one in fields}
    assert units["method.lora.rank"] == "columns" and units["epochs"] == "passes"
    assert {name: unit for name, unit in units.items() if len(unit) > 12 or " " in unit} == {}
    said = {one["name"]: one for one in fields}
    assert "how much can change" in said["method.lora.rank"]["hint"]
    assert said["max_steps"]["empty"] == "by epochs"
    assert all(one["hint"] for one in fields)
    bare = [one["name"] for one in fields if one["label"] == one["name"].rpartition(".")[2]]
    assert bare == [], "a field is called as people call it"


def test_an_untouched_warm_up_follows_the_schedule():
    form = RecipeForm()
    type_in(form, schedule="one_cycle")
    assert form.values["warmup"] == "0.3" and form.recipe == Recipe(schedule="one_cycle")
    type_in(form, schedule="cosine")
    assert form.values["warmup"] == "0.06"
    type_in(form, warmup="0.1")
    type_in(form, schedule="one_cycle")
    assert form.recipe.warmup == 0.1


def test_every_choice_fits_a_narrow_list_and_is_explained_below():
    form = RecipeForm()
    for name, offered in [(one["name"], one.get("choices", [])) for one in form.fields] + [
        (name, offered) for one in task_registry.specs() for name, offered in form_offers(one.name)
    ]:
        if name not in ("model", "dataset", "best_metric"):
            assert [said for _, said in offered if len(said) > 20] == [], name
    method = next(one for one in form.fields if one["name"] == "method")
    assert ["lora", "LoRA"] in method["choices"]
    assert method["gists"]["lora"] == "low-rank matrices beside the weights"


def form_offers(task):
    return list(form_fields.offers_for(task).items())


def test_a_value_that_is_hardly_meant_is_asked_about_and_stops_nothing():
    form = RecipeForm()
    assert form.questions == {}
    form.set(learning_rate=5)
    sentence, usual, button = form.questions["learning_rate"]
    assert "5" in sentence and usual == 1e-4 and button == "Take 0.0001"
    assert form.errors == {} and form.recipe.learning_rate == 5
    form._message(None, {"keep": "learning_rate"}, [])
    assert form.questions == {}
    form.set(learning_rate=4)  # another value: asked again
    form._message(None, {"usual": "learning_rate"}, [])
    assert form.recipe.learning_rate == 1e-4 and form.questions == {}


@pytest.mark.parametrize(
    "wrong",
    [dict(batch_size="0"), dict(epochs="many"), dict(seed="-1", warmup="x"),
     dict(method="nothing"), dict(model=""), dict(max_length="12.5")],
    ids=["batch-size", "epochs", "two", "method", "model", "fraction"],
)  # fmt: skip
def test_a_question_stands_while_another_field_is_wrong(wrong):
    form = RecipeForm()
    form.set(learning_rate=7)
    question = form.questions["learning_rate"]
    type_in(form, **wrong)
    assert form.errors and form.questions == {"learning_rate": question}
    type_in(form, weight_decay="0.9")  # and one that is asked now
    assert list(form.questions) == ["learning_rate", "weight_decay"]
    type_in(form, learning_rate="fast")  # what is wrong is not asked about as well
    assert list(form.questions) == ["weight_decay"]
    form._message(None, {"usual": "weight_decay"}, [])
    assert form.questions == {} and form.values["weight_decay"] == "0.01"


def test_a_problem_of_the_data_hides_no_question():
    form = RecipeForm()
    form.set(learning_rate=7)
    form.mark({"max_length": "too long for the model"})
    assert list(form.questions) == ["learning_rate"]
    form.mark({"learning_rate": "whatever"})
    assert form.questions == {}


@pytest.mark.parametrize(
    "fields, width, asked",
    [
        (dict(learning_rate=1e-4), 384, []),
        (dict(learning_rate=3e-4), 384, []),
        (dict(learning_rate=1e-4), 768, ["learning_rate"]),  # BERT-base at the rate of a small one
        (dict(learning_rate=5e-5), 768, []),
        (dict(learning_rate=5e-5), 1024, ["learning_rate"]),
        (dict(learning_rate=1e-9), 384, ["learning_rate"]),
        (dict(learning_rate=1e-3, model="net:bert-tiny"), 128, []),
        (dict(learning_rate=0.1, model="net:bert-tiny"), 128, ["learning_rate"]),
        (dict(learning_rate=1e-2, model="net:bert@sample:minilm-l6"), 384, ["learning_rate"]),
        (dict(epochs=500), None, ["epochs"]),
        (dict(epochs=500, max_steps=10), None, []),
        (dict(batch_size=64, gradient_accumulation=64), None, ["gradient_accumulation"]),
        (dict(batch_size=1, gradient_accumulation=512), None, []),
        (dict(batch_size=1024), None, ["batch_size"]),
        (dict(label_smoothing=0.1), None, []),
        (dict(label_smoothing=0.9), None, ["label_smoothing"]),
        (dict(max_grad_norm=1e-6), None, ["max_grad_norm"]),
        (dict(warmup=0.9), None, ["warmup"]),
        (dict(warmup=500, max_steps=1000), None, []),
        (dict(warmup=1000, max_steps=1000), None, ["warmup"]),
        (dict(warmup=1000), None, []),  # how many steps there will be is not known here
        (dict(test_size=0.8), None, ["test_size"]),
        (dict(test_size=500, validation_size=0.6), None, ["validation_size"]),
        (dict(weight_decay=5), None, ["weight_decay"]),
        (dict(max_length=4), None, ["max_length"]),
    ],
    ids=lambda value: str(value) if isinstance(value, list) else None,
)
def test_what_is_asked_about(fields, width, asked):
    found = questions(Recipe(**fields), width)
    assert list(found) == asked
    taken = fields | {name: question.usual for name, question in found.items()}
    assert questions(Recipe(**taken), width) == {}, "what a click takes is not asked about again"


def test_fields_that_follow_say_what_they_come_to_and_stay_empty():
    form = RecipeForm()
    assert form.followed == {"epochs": "auto", "learning_rate": "auto"}
    form.know_width(384)
    form.know_rows(500)
    assert form.followed == {"epochs": "auto (10)", "learning_rate": "auto (0.0001)"}
    type_in(form, method="lora")
    assert form.followed["learning_rate"] == "auto (0.0005)" and form.questions == {}
    type_in(form, batch_size="4")
    assert form.followed["epochs"] == "auto (3)"
    assert form.recipe.epochs is None and form.recipe.learning_rate is None
    type_in(form, epochs="3", learning_rate="0.5")
    assert form.followed == {} and form.recipe.epochs == 3
    assert form.questions["learning_rate"][1] == 5e-4
    type_in(form, task="regression", epochs="")
    assert form.recipe.epochs is None and form.recipe.learning_rate == 0.5  # what was named stays


def test_what_was_set_by_hand_stays_with_another_task():
    form = RecipeForm(Recipe(batch_size=16))
    form.set(task="chat")
    assert (form.recipe.batch_size, form.recipe.max_length) == (16, 256)
    assert form.recipe.given == {"batch_size"}


def test_ways_of_asking_follow_the_task():
    form = RecipeForm()
    form.set(task="chat")
    assert form.problem == "" and form.recipe.prompt["kind"] == "conversation"
    assert form.recipe.rows == {"kind": "texts"} and not {"rows", "prompt"} & set(form.hidden)
    assert [name for name, _ in form.offers["rows"]] == ["texts", "packed"]
    assert form.recipe.model == "sample:smollm2-135m" and form.recipe.batch_size == 4
    assert form.recipe.dataset == "sample:chitchat-replies"
    form.set(rows="packed", prompt={"kind": "conversation", "template": "chatml"})
    assert form.recipe.rows == {"kind": "packed"} and form.recipe.prompt["template"] == "chatml"
    form.set(task="text-to-text")
    assert form.recipe.prompt["kind"] == "plain" and form.recipe.rows == {"kind": "blocks"}
    assert "rows" in form.hidden and "prompt" not in form.hidden and form.problem == ""
