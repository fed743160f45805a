"""Encoder, decoder and cross-attention against the library; the comparison of two passes."""

import numpy as np
import pytest
import torch
import transformers as hf

from tests.inspection.inside.test_attention import save
from tests.warned import warned
from workbench.errors import DataError, ModelError
from workbench.inspection import attention, attribute, sequence_attention
from workbench.inspection.inside import loaded_model

torch.set_num_threads(1)


def t5():
    config = hf.T5Config(d_model=16, d_kv=4, d_ff=32, num_layers=2, num_decoder_layers=3,
                         num_heads=4, vocab_size=11, decoder_start_token_id=0, eos_token_id=3,
                         pad_token_id=0)  # fmt: skip
    return hf.T5ForConditionalGeneration(config), 2, 3


def bart():
    config = hf.BartConfig(d_model=16, encoder_layers=3, decoder_layers=2, vocab_size=11,
                           encoder_attention_heads=4, decoder_attention_heads=4,
                           encoder_ffn_dim=32, decoder_ffn_dim=32, max_position_embeddings=64,
                           decoder_start_token_id=3, eos_token_id=3, pad_token_id=0,
                           bos_token_id=2, forced_eos_token_id=None)  # fmt: skip
    return hf.BartForConditionalGeneration(config), 3, 2


def marian():
    config = hf.MarianConfig(d_model=16, encoder_layers=2, decoder_layers=2, vocab_size=11,
                             encoder_attention_heads=4, decoder_attention_heads=4,
                             encoder_ffn_dim=32, decoder_ffn_dim=32, max_position_embeddings=64,
                             decoder_start_token_id=0, eos_token_id=3, pad_token_id=0,
                             forced_eos_token_id=None)  # fmt: skip
    return hf.MarianMTModel(config), 2, 2


def two_berts():
    small = dict(hidden_size=16, num_attention_heads=4, vocab_size=11, intermediate_size=32)
    config = hf.EncoderDecoderConfig.from_encoder_decoder_configs(
        hf.BertConfig(num_hidden_layers=3, **small), hf.BertConfig(num_hidden_layers=2, **small)
    )
    config.decoder_start_token_id, config.pad_token_id, config.eos_token_id = 2, 0, 3
    return hf.EncoderDecoderModel(config), 3, 2


@pytest.mark.parametrize("make", [t5, bart, marian, two_berts])
def test_three_kinds_are_the_models_own(tmp_path, make):
    torch.manual_seed(2)
    model, n_encoder, n_decoder = make()
    folder = save(tmp_path, model)
    found = sequence_attention(folder, "what is a fear", "shadows of fear")
    text = ["[CLS]", "what", "is", "a", "fear", "[SEP]"]
    assert list(found) == ["encoder", "decoder", "cross"]
    assert found["encoder"].tokens == text == found["cross"].key_tokens
    assert found["decoder"].tokens[1:] == ["shadows", "of", "fear"] == found["cross"].tokens[1:]
    assert found["cross"].special.tolist() == [True, False, False, False]
    shapes = {name: seen.weights.shape for name, seen in found.items()}
    assert shapes == {"encoder": (n_encoder, 4, 6, 6), "decoder": (n_decoder, 4, 4, 4),
                      "cross": (n_decoder, 4, 4, 6)}  # fmt: skip
    assert np.triu(found["decoder"].weights[0, 0], 1).max() == 0  # nothing looks ahead
    reference = hf.AutoModelForSeq2SeqLM.from_pretrained(folder, attn_implementation="eager").eval()
    start = {"t5": 0, "bart": 3, "marian": 0, "encoder-decoder": 2}[model.config.model_type]
    with torch.no_grad():
        out = reference(input_ids=torch.tensor([[2, 4, 5, 6, 7, 3]]), output_attentions=True,
                        decoder_input_ids=torch.tensor([[start, 9, 8, 7]]))  # fmt: skip
    for name, seen in found.items():
        expected = torch.stack(getattr(out, f"{name}_attentions"))[:, 0].numpy()
        np.testing.assert_allclose(seen.weights, expected, atol=1e-6)
        np.testing.assert_allclose(seen.weights.sum(-1), 1, atol=1e-5)
        assert not seen.warning
    np.testing.assert_allclose(attention(folder, "what is a fear").weights,
                               found["encoder"].weights, atol=1e-6)  # fmt: skip
    frame = found["cross"].frame(0, 0, top=1)
    assert frame["key_token"][0] in text and frame["query_token"][0] in found["cross"].tokens


def test_what_the_model_writes_itself(tmp_path):
    torch.manual_seed(0)
    folder = save(tmp_path, t5()[0])
    found = sequence_attention(folder, "what is", max_new_tokens=5)
    assert 1 < len(found["decoder"]) <= 6 and found["decoder"].special[0]
    model = loaded_model.load(folder).model
    start = torch.tensor([[2, 4, 5, 3]])
    options = dict(max_new_tokens=5, do_sample=False, num_beams=1, use_cache=False)
    written = model.generate(start, **options)[0].tolist()
    assert found["decoder"].tokens == loaded_model.load(folder).tokenizer.convert_ids_to_tokens(
        written[:-1] if written[-1] == 3 and len(written) > 1 else written)  # fmt: skip


def test_each_part_gets_its_implementation_back(tmp_path):
    folder = save(tmp_path, two_berts()[0])
    model = loaded_model.load(folder).model
    model.set_attn_implementation({"encoder": "sdpa", "decoder": "eager"})
    before = [m.config._attn_implementation for m in (model.encoder, model.decoder)]
    sequence_attention(folder, "what", "is")
    assert [m.config._attn_implementation for m in (model.encoder, model.decoder)] == before


def test_two_passes_that_differ_are_said(tmp_path, monkeypatch):
    folder = save(tmp_path, t5()[0])
    kept = loaded_model.load(folder).model.get_encoder()
    assert attention(folder, "what is").difference in (None, pytest.approx(0, abs=1e-5))
    kept.set_attn_implementation("sdpa")
    first = type(kept).forward

    def other(self, *args, **options):
        output = first(self, *args, **options)
        if self.config._attn_implementation == "eager":
            output.last_hidden_state = output.last_hidden_state * 1.5
        return output

    monkeypatch.setattr(type(kept), "forward", other)
    with warned("differ from its usual ones by 0.5"):
        seen = attention(folder, "what is")
    assert seen.difference == pytest.approx(0.5, rel=0.01) and seen.warning
    assert attention(folder, "what is", compare=False).difference is None


def test_refusals(tmp_path):
    config = hf.BertConfig(hidden_size=16, num_attention_heads=4, num_hidden_layers=1,
                           vocab_size=11, intermediate_size=32)  # fmt: skip
    folder = save(tmp_path / "bert", hf.BertModel(config))
    with pytest.raises(ModelError, match="BertModel has no encoder beside a decoder"):
        sequence_attention(folder, "what")
    folder = save(tmp_path / "t5", t5()[0])
    with pytest.raises(DataError, match="The target text is empty"):
        sequence_attention(folder, "what", " ")
    with pytest.raises(DataError, match="The target text is 31 tokens long; at most 20"):
        sequence_attention(folder, "what", "fear " * 30, max_tokens=20)


def test_attribution_of_a_written_token(tmp_path):
    torch.manual_seed(3)
    folder = save(tmp_path, bart()[0])
    made = attribute(folder, "what is a fear", target=("shadows of", "fear"), steps=128)
    model = loaded_model.load(folder).model
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([[2, 4, 5, 6, 7, 3]]),
                       decoder_input_ids=torch.tensor([[3, 9, 8]])).logits  # fmt: skip
    assert made.output == pytest.approx(float(logits[0, -1, 7]), abs=1e-5)
    assert made.target == "fear after shadows of"
    assert abs(made.completeness_error) < 0.01
    gain = made.output - made.baseline_output
    assert made.scores.sum() == pytest.approx(gain, abs=0.01)
    first = attribute(folder, "what is a fear", method="occlusion")
    assert first.target.endswith("as the first token")
    with pytest.raises(DataError, match="no written token"):
        attribute(folder, "what", target="fear")
