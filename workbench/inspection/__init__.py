"""What a model does, as tables: errors of a run, attention of a text."""

import importlib

# at once: the function has its module's name, and importing the module later would hide it
from .attention import Attention as Attention
from .attention import attention as attention
from .report import report as report

# name -> the module of this folder that has it
_HOMES = {
    **dict.fromkeys(
        (
            "confusion",
            "metric_intervals",
            "per_class_errors",
            "top_losses",
            "wilson_interval",
        ),
        "errors",
    ),
    **dict.fromkeys(("Scored", "scored"), "scores"),
    "class_report": "class_reports",
    "kind_of": "kinds",
    "class_names": "prediction_tables",
    "comparable_runs": "comparable",
    "next_steps": "guide",
    **dict.fromkeys(("asked_row", "entities_in", "label_limits"), "asking"),
    **dict.fromkeys(
        ("Outcome", "baseline_name", "decisive_metric", "metric_name", "outcome"), "outcomes"
    ),
    **dict.fromkeys(("Hierarchy", "has_hierarchy", "hierarchy"), "class_levels"),
    **dict.fromkeys(("largest_confusions", "normalised_confusion", "uncertainty"), "confusions"),
    **dict.fromkeys(("expected_cost", "ranking_quality", "threshold_curve"), "thresholds"),
    **dict.fromkeys(("Comparison", "compare_runs", "ensemble", "recipe_difference"), "comparison"),
    **dict.fromkeys(
        (
            "conflicting_duplicates",
            "cross_validated_scores",
            "embeddings",
            "label_issues",
            "training_table",
        ),
        "label_noise",
    ),
    **dict.fromkeys(("flow", "rollout"), "flows"),
    **dict.fromkeys(("head_changes", "head_profile", "head_statistics"), "heads"),
    **dict.fromkeys(("head_ablation", "silenced"), "ablation"),
    **dict.fromkeys(("Attribution", "attribute"), "attribution"),
    "faithfulness": "faithful",
    **dict.fromkeys(("LongAttention", "attention_windows", "layer_attention"), "long_attention"),
    "LongText": "long_text",
    "TooLong": "loaded",
    "query_key_vectors": "neurons",
    "sequence_attention": "sequence_attention",
    **dict.fromkeys(("merge_words", "word_groups"), "words"),
    "LabelQueue": "label_queue",
    **dict.fromkeys(
        (
            "Slice",
            "find_slices",
            "save_slice",
            "saved_slices",
            "slice_errors",
            "slice_examples",
            "slices_recipe",
        ),
        "slices",
    ),
    "SliceColumns": "slice_columns",
    **dict.fromkeys(("MAP_METHODS", "embedding_map"), "projection"),
    "Report": "report",
    **dict.fromkeys(("PredictionQueries", "queries_of_large"), "queries"),
    **dict.fromkeys(
        ("WAYS", "nearest_examples", "swap_effects", "swaps", "word_effects"), "what_if"
    ),
    **dict.fromkeys(("Calibration", "calibration_comparison", "reliability"), "calibration"),
    **dict.fromkeys(
        ("ANSWER_GROUPS", "ANSWER_KINDS", "answer_errors", "answer_intervals", "answer_report"),
        "answers",
    ),
    **dict.fromkeys(
        (
            "ENTITY_KINDS",
            "entity_confusion",
            "entity_errors",
            "entity_intervals",
            "entity_report",
            "is_tagged",
        ),
        "entities",
    ),
    **dict.fromkeys(
        (
            "LabelSets",
            "is_multi_label",
            "label_set_confusions",
            "label_set_errors",
            "label_set_intervals",
            "label_set_report",
            "label_sets",
            "label_threshold_curve",
            "labels_text",
        ),
        "multi_label",
    ),
    **dict.fromkeys(
        ("is_regression", "regression_intervals", "residuals_by_label", "top_residuals"),
        "residuals",
    ),
}
__all__ = sorted([*_HOMES, "Attention", "attention", "report"])


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"workbench.inspection has no {name!r}")
    value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__():
    return __all__
