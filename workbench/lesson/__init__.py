"""Exercises that answer back, a learner's record, and the source of what a lesson teaches.

    wb.lesson.check("21.3", (0, 2), weights=all_weights)    # right, or a hint
    wb.lesson.solution("21.3")                              # after three tries, or a right answer
    wb.lesson.progress("21")                                # what of the notebook is done
    wb.lesson.source(layer, x)                              # a class, with the shapes of one call
    wb.lesson.AttentionQuery(keys, values)                  # a query moved among keys
    wb.lesson.BeamTree(model, ids, tokenizer.decode)        # beam search, step by step
    wb.lesson.Merges(texts, sentences)                      # byte-pair encoding, merge by merge
    wb.lesson.NextLetter(text, letters, probabilities)      # a guessing game against a model
    wb.lesson.RateSlider({1e-4: (losses, validation_loss)}) # recorded runs by learning rate
    wb.lesson.Sampler(logits, tokenizer.decode)             # sliders over the next token
    wb.lesson.TemperatureScaling(run)                       # calibration by temperature
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
