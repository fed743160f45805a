"""Amazon SageMaker: the request of CreateTrainingJob, held to botocore's model of it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from ...recipe import Recipe
from ...settings import setting
from .writing import RECIPE, vendor

PACKAGE, NEEDED = "botocore", ("role_arn", "image", "bucket")
STEPS = (
    "aws s3 cp recipe.yaml s3://BUCKET/NAME/job/\n"
    "aws sagemaker create-training-job --cli-input-json file://create-training-job.json"
)
_FILE = "create-training-job.json"
_NONE = type(None)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a job needs to be told."""

    role_arn: str | None = setting(None, "ARN", kinds=(str, _NONE))
    """The role that the job has; it must read and write the bucket."""

    image: str | None = setting(None, "image in ECR", kinds=(str, _NONE))
    """Container image with the workbench."""

    bucket: str | None = setting(None, "name", kinds=(str, _NONE))
    """Bucket of the recipe, the checkpoints and the result, without ``s3://``."""

    instance: str = setting("ml.g5.xlarge", "type of instance", kinds=(str,))
    """Type of machine."""

    hours: int = setting(4, "hours", kinds=(int,), low=1, high=28 * 24)
    """Time limit."""

    spot: bool = setting(False, "", kinds=(bool,))
    """Cheaper machines that can be taken away; the run goes on from its checkpoint."""

    disk_gb: int = setting(60, "GB", kinds=(int,), low=10, high=16_000)
    """Room on the machine's disk."""


def files(recipe: Recipe, chosen: Settings, name: str) -> dict[str, str]:
    """The request as JSON."""
    job = re.sub(r"[^a-zA-Z0-9]+", "-", name).strip("-")[:63]
    place, seconds = f"s3://{chosen.bucket}/{job}", chosen.hours * 3600
    stop = {"MaxRuntimeInSeconds": seconds}
    if chosen.spot:
        stop["MaxWaitTimeInSeconds"] = 2 * seconds
    request = {
        "TrainingJobName": job,
        "RoleArn": chosen.role_arn,
        "AlgorithmSpecification": {
            "TrainingImage": chosen.image,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["workbench", "train"],
            "ContainerArguments": [f"/opt/ml/input/data/job/{RECIPE}", "--out",
                                   "/opt/ml/checkpoints/run"],
        },
        "InputDataConfig": [
            {
                "ChannelName": "job",
                "DataSource": {
                    "S3DataSource": {
                        "S3DataType": "S3Prefix",
                        "S3Uri": f"{place}/job/",
                        "S3DataDistributionType": "FullyReplicated",
                    }
                },
            }
        ],
        "OutputDataConfig": {"S3OutputPath": f"{place}/output/"},
        "CheckpointConfig": {"S3Uri": f"{place}/run/", "LocalPath": "/opt/ml/checkpoints"},
        "ResourceConfig": {
            "InstanceType": chosen.instance,
            "InstanceCount": 1,
            "VolumeSizeInGB": chosen.disk_gb,
        },
        "StoppingCondition": stop,
        "EnableManagedSpotTraining": chosen.spot,
    }  # fmt: skip
    return {_FILE: json.dumps(request, indent=2) + "\n"}


def problems(files: dict[str, str]) -> list[str]:
    """What botocore's model of the request refuses: names, types, lengths, choices, patterns."""
    session = vendor("botocore.session", PACKAGE).get_session()
    shape = session.get_service_model("sagemaker").operation_model("CreateTrainingJob").input_shape
    request = json.loads(files[_FILE])
    report = vendor("botocore.validate", PACKAGE).ParamValidator().validate(request, shape)
    found = [report.generate_report()] if report.has_errors() else []
    return found or _beyond(request, shape, "")


def _beyond(value: Any, shape: Any, where: str) -> list[str]:
    """Choices and patterns, which botocore's own validator leaves to the service."""
    if shape.type_name == "structure":
        parts = [(part, shape.members[name], f"{where}.{name}") for name, part in value.items()]
        return [said for part in parts for said in _beyond(*part)]
    if shape.type_name == "list":
        return [said for part in value for said in _beyond(part, shape.member, where)]
    if shape.type_name != "string":
        return []
    choices, pattern = getattr(shape, "enum", None), shape.metadata.get("pattern")
    if choices and value not in choices:
        return [f"{where[1:]} is {value!r}, which is none of its {len(choices)} choices"]
    if pattern and re.fullmatch(pattern, value) is None:
        return [f"{where[1:]} is {value!r}, which does not fit {pattern}"]
    return []
