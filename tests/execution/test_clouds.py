"""Job files for clouds: held to the vendors' packages where these are here, and never sent."""

import json

import pytest

import workbench as wb
from workbench import cli
from workbench.errors import EngineError
from workbench.execution.clouds import sagemaker
from workbench.execution.clouds.writing import CLOUDS, write_job

GIVEN = {
    "role_arn": "arn:aws:iam::123456789012:role/trains", "bucket": "my-bucket",
    "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/workbench:1",
}  # fmt: skip


@pytest.fixture
def recipe():
    return wb.Recipe(model="sample:minilm-l6", dataset="sample:movie-sentiment")


def test_a_request_for_sagemaker_is_what_its_model_says(recipe, tmp_path):
    written = write_job(recipe, "sagemaker", tmp_path / "my job", {**GIVEN, "spot": True})
    assert [path.name for path in written] == [
        "recipe.yaml",
        "create-training-job.json",
        "README.md",
    ]
    request = json.loads(written[1].read_text())
    assert request["TrainingJobName"] == "my-job"
    assert request["StoppingCondition"] == {
        "MaxRuntimeInSeconds": 4 * 3600, "MaxWaitTimeInSeconds": 8 * 3600,
    }  # fmt: skip
    assert wb.Recipe.from_yaml(written[0].read_text()) == recipe
    assert "**Not tried here**" in written[2].read_text()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"instance": "ml.g5.xlarg"}, "InstanceType is 'ml.g5.xlarg', which is none of its"),
        ({"role_arn": "trains"}, "RoleArn"),
        ({"role_arn": None, "image": None}, "lack role_arn, image"),
        ({"hours": 0}, "sagemaker.hours is 0"),
        ({"zone": "a"}, "no setting 'zone'"),
    ],
)
def test_what_sagemaker_would_refuse_is_refused_here(recipe, tmp_path, changes, said):
    with pytest.raises(EngineError, match=said):
        write_job(recipe, "sagemaker", tmp_path / "job", {**GIVEN, **changes})
    assert not (tmp_path / "job").exists()


def test_a_name_that_the_request_does_not_know_is_found(recipe):
    chosen = sagemaker.Settings(**GIVEN)
    files = sagemaker.files(recipe, chosen, "job")
    assert sagemaker.problems(files) == []
    ((name, text),) = files.items()
    wrong = text.replace('"VolumeSizeInGB"', '"VolumeSize"')
    assert "VolumeSize" in sagemaker.problems({name: wrong})[0]


def test_what_only_this_machine_has_is_refused(recipe, tmp_path):
    with pytest.raises(EngineError, match="dataset is .*, which only this machine has"):
        write_job(recipe.replace(dataset="texts.csv"), "sagemaker", tmp_path / "job", GIVEN)


def test_without_the_vendors_package_nothing_is_written(recipe, tmp_path, monkeypatch):
    import sys

    for name in ("azure", "azure.ai", "azure.ai.ml", "sky", "sky.utils", "sky.utils.schemas"):
        monkeypatch.setitem(sys.modules, name, None)
    given = {"azureml": {"image": "a/b:1", "compute": "gpu"},
             "skypilot": {"image": "a/b:1", "bucket": "s3://mine"}}  # fmt: skip
    for cloud, settings in given.items():
        with pytest.raises(EngineError, match="is not installed. Install it"):
            write_job(recipe, cloud, tmp_path / cloud, settings)
        assert not (tmp_path / cloud).exists()


def test_from_a_shell_it_is_a_dry_run_or_nothing(recipe, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text(recipe.to_yaml())
    (tmp_path / "sagemaker.yaml").write_text("".join(f"{k}: {v}\n" for k, v in GIVEN.items()))
    command = ["submit", "mine.yaml", "--on", "sagemaker", "--out", "job"]
    assert cli.main(command) == 2
    assert "never sent from here" in capsys.readouterr().err
    assert cli.main([*command, "--dry-run"]) == 0
    assert (tmp_path / "job" / "create-training-job.json").is_file()
    assert cli.main([*command[:3], "nimbus", *command[4:], "--dry-run"]) == 2
    said = capsys.readouterr().err
    assert all(name in said for name in CLOUDS)
