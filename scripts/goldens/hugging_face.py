#!/usr/bin/env python3
"""Remakes Tests/ParlaTestSupport/Fixtures/hugging-face: tiny random models of the wav2vec 2.0 family, with what transformers computes.

Usage: hugging_face.py [NAME...]. Needs PyTorch 2.11, transformers 5.17.0 and NumPy. A folder for each, as save_pretrained writes it, with
golden.npz: inputs, hidden states and logits alone and in a padded batch, losses of four AdamW steps on the batch, and the first gradients.
"""
import json
import os
import pathlib
import sys

import numpy as np
import safetensors.torch
import torch
import transformers as t

FOLDER = pathlib.Path(__file__).parents[2] / "Tests/ParlaTestSupport/Fixtures/hugging-face"
TOKENS = ["<pad>", "<s>", "</s>", "<unk>", "|", "a", "b", "c", "d", "e", "'"]
CONVOLUTIONS = dict(
    conv_dim=[8] * 7, conv_kernel=[10, 3, 3, 3, 3, 2, 2], conv_stride=[5, 2, 2, 2, 2, 2, 2],
    num_conv_pos_embeddings=8, num_conv_pos_embedding_groups=2)
COMMON = dict(
    vocab_size=len(TOKENS), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24,
    hidden_dropout=0.0, attention_dropout=0.0, activation_dropout=0.0, feat_proj_dropout=0.0, final_dropout=0.0,
    layerdrop=0.0, apply_spec_augment=False, mask_time_prob=0.0, pad_token_id=0, bos_token_id=1, eos_token_id=2,
    ctc_zero_infinity=True, ctc_loss_reduction="mean")
STABLE = dict(do_stable_layer_norm=True, feat_extract_norm="layer", conv_bias=True)
BERT = dict(feature_projection_input_dim=160, conv_depthwise_kernel_size=5, conformer_conv_dropout=0.0)
MODELS = {
    "wav2vec2": (t.Wav2Vec2Config, t.Wav2Vec2ForCTC, CONVOLUTIONS),
    "wav2vec2-adapter": (t.Wav2Vec2Config, t.Wav2Vec2ForCTC,
                         CONVOLUTIONS | dict(add_adapter=True, output_hidden_size=12, num_adapter_layers=1)),
    "xls-r": (t.Wav2Vec2Config, t.Wav2Vec2ForCTC, CONVOLUTIONS | STABLE),
    "mms": (t.Wav2Vec2Config, t.Wav2Vec2ForCTC, CONVOLUTIONS | STABLE | dict(adapter_attn_dim=4)),
    "hubert": (t.HubertConfig, t.HubertForCTC, CONVOLUTIONS | dict(feat_proj_layer_norm=False)),
    "hubert-batch": (t.HubertConfig, t.HubertForCTC, CONVOLUTIONS | STABLE | dict(conv_pos_batch_norm=True)),
    "wavlm": (t.WavLMConfig, t.WavLMForCTC, CONVOLUTIONS | STABLE | dict(num_buckets=8, max_bucket_distance=10)),
    "wavlm-base": (t.WavLMConfig, t.WavLMForCTC, CONVOLUTIONS | dict(num_buckets=8, max_bucket_distance=10)),
    "data2vec": (t.Data2VecAudioConfig, t.Data2VecAudioForCTC,
                 CONVOLUTIONS | dict(num_conv_pos_embeddings=3, conv_pos_kernel_size=5)),
    "bert": (t.Wav2Vec2BertConfig, t.Wav2Vec2BertForCTC,
             BERT | dict(left_max_position_embeddings=4, right_max_position_embeddings=2)),
    "bert-adapter": (t.Wav2Vec2BertConfig, t.Wav2Vec2BertForCTC,
                     BERT | dict(position_embeddings_type="relative", add_adapter=True, output_hidden_size=12,
                                 use_intermediate_ffn_before_adapter=True)),
    "bert-rotary": (t.Wav2Vec2BertConfig, t.Wav2Vec2BertForCTC, BERT | dict(position_embeddings_type="rotary")),
}


def sounds():
    random = np.random.default_rng(5)
    for length in (6400, 4650):
        times = np.arange(length) / 16000
        sound = 0.3 * np.sin(2 * np.pi * (200 + 900 * times) * times) + 0.05 * random.standard_normal(length)
        yield np.round(np.clip(sound, -1, 1) * 32767).astype(np.float32) / 32768


def write_settings(folder, name):
    vocabulary = {token: index for index, token in enumerate(TOKENS)}
    if name == "mms":
        vocabulary = {"eng": vocabulary, "xyz": dict(zip(["<pad>", "<s>", "</s>", "<unk>", "|", *"vwxyz'"], range(11)))}
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "tokenizer_config.json").write_text(json.dumps({"word_delimiter_token": "|", "unk_token": "<unk>"}))
    if name.startswith("bert"):
        settings = {"feature_extractor_type": "SeamlessM4TFeatureExtractor", "feature_size": 80, "num_mel_bins": 80,
                    "sampling_rate": 16000, "stride": 2, "padding_value": 0.0}
    else:
        settings = {"feature_extractor_type": "Wav2Vec2FeatureExtractor", "do_normalize": True, "sampling_rate": 16000}
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))


def shaken(model):
    """Biases, norms and what else starts as a constant, moved, so that none of them can be left out."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape) * 0.05)
        for module in model.modules():
            if isinstance(module, torch.nn.BatchNorm1d):
                module.running_mean.add_(torch.randn(module.running_mean.shape) * 0.1)
                module.running_var.mul_(1.5)
    return model


def make(name):
    configuration, kind, more = MODELS[name]
    torch.manual_seed(11)
    folder = FOLDER / name
    folder.mkdir(parents=True, exist_ok=True)
    model = shaken(kind(configuration(**(COMMON | more)))).eval()
    model.save_pretrained(folder)
    (folder / ".gitattributes").unlink(missing_ok=True)
    write_settings(folder, name)
    arrays = {}
    if name.startswith("bert"):
        extractor = t.SeamlessM4TFeatureExtractor()
        inputs = []
        for index, sound in enumerate(sounds()):
            # A sound that leaves half a pair of frames over, whose half counts for the statistics.
            got = extractor(sound, sampling_rate=16000, return_tensors="np")
            arrays[f"sound{index}"] = sound
            inputs.append(got["input_features"][0][got["attention_mask"][0] == 1])
    else:
        inputs = [(x - x.mean()) / np.sqrt(x.var() + 1e-7) for x in sounds()]
    inputs = [torch.tensor(x, dtype=torch.float32) for x in inputs]
    if name == "mms":
        adapter = {key: value.clone() + 0.1 for key, value in model._get_adapters().items()}
        safetensors.torch.save_file(adapter, folder / "adapter.xyz.safetensors")
    with torch.no_grad():
        for index, x in enumerate(inputs):
            arrays[f"input{index}"] = x.numpy()
            result = model(x[None], output_hidden_states=True)
            arrays[f"logits{index}"] = result.logits[0].numpy()
            for layer, state in enumerate(result.hidden_states):
                arrays[f"hidden{index}_{layer}"] = state[0].numpy()
        if name == "mms":
            model.load_state_dict(model.state_dict() | adapter)
            arrays["adapted_logits0"] = model(inputs[0][None]).logits[0].numpy()
            model = kind.from_pretrained(folder).eval()
    batch = torch.nn.utils.rnn.pad_sequence(inputs, batch_first=True)
    mask = torch.tensor([[1] * len(x) + [0] * (len(batch[0]) - len(x)) for x in inputs])
    labels = torch.tensor([[5, 6, 6], [8, 4, -100]])
    if hasattr(model, "freeze_feature_encoder"):
        model.freeze_feature_encoder()
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-3, weight_decay=0.01)
    losses = []
    for step in range(4):
        result = model(batch, attention_mask=mask, labels=labels)
        if step == 0:
            arrays["batch_logits"] = result.logits.detach().numpy()
        optimizer.zero_grad()
        result.loss.backward()
        losses.append(result.loss.item())
        if step == 0:
            for key, parameter in model.named_parameters():
                if parameter.grad is not None:
                    arrays[f"grad/{key}"] = parameter.grad.numpy().copy()
        optimizer.step()
    arrays["labels"] = labels.numpy().astype(np.int32)
    arrays["losses"] = np.array(losses, dtype=np.float32)
    np.savez_compressed(folder / "golden.npz", **arrays)


def make_archives():
    """The weights of `wav2vec2` as torch.save writes them, in 16 bits too, and a file whose pickle would run a command."""
    folder = FOLDER / "archive"
    folder.mkdir(exist_ok=True)
    weights = safetensors.torch.load_file(FOLDER / "wav2vec2/model.safetensors")
    torch.save(weights, folder / "floats.bin")
    torch.save({key: value.half() for key, value in weights.items()}, folder / "halves.bin")

    class Code:
        def __reduce__(self):
            return os.system, ("touch /tmp/parla-was-here",)

    torch.save({"a": Code()}, folder / "code.bin")


for name in sys.argv[1:] or MODELS:
    make(name)
    print(name)
if not sys.argv[1:]:
    make_archives()
for path in FOLDER.rglob("*.*"):
    path.chmod(0o644)
