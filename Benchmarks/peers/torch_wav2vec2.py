#!/usr/bin/env python3
"""wav2vec 2.0 in transformers: makes a random base model of 95 million parameters, or transcribes a WAV with one.

    torch_wav2vec2.py make FOLDER           the model as save_pretrained writes it, with vocabulary and settings
    torch_wav2vec2.py run FOLDER WAV N      N threads; prints seconds of the network, processor seconds, peak MiB and the text's length
    torch_wav2vec2.py quantize FOLDER       FOLDER/int8.onnx: PyTorch's export, its matrices in dynamic int8 by ONNX Runtime
    torch_wav2vec2.py onnx FOLDER WAV N     the same as run, by ONNX Runtime

Needs PyTorch 2.11 and transformers 5.17.0; for the last two onnx 1.23 and onnxruntime 1.32.
"""
import json
import pathlib
import resource
import sys
import time
import wave

import numpy as np


def make(folder):
    import torch, transformers

    torch.manual_seed(7)
    folder.mkdir(parents=True, exist_ok=True)
    transformers.Wav2Vec2ForCTC(transformers.Wav2Vec2Config(vocab_size=32, pad_token_id=0)).save_pretrained(folder)
    tokens = ["<pad>", "<s>", "</s>", "<unk>", "|", *"abcdefghijklmnopqrstuvwxyz'"]
    (folder / "vocab.json").write_text(json.dumps({token: index for index, token in enumerate(tokens)}))
    (folder / "preprocessor_config.json").write_text(json.dumps({"do_normalize": True, "sampling_rate": 16000}))


def quantize(folder):
    import onnx, torch, transformers
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    model = transformers.Wav2Vec2ForCTC.from_pretrained(folder, attn_implementation="eager").eval()
    whole, prepared = folder / "float32.onnx", folder / "prepared.onnx"
    axes = {"input": {0: "batch", 1: "samples"}, "logits": {0: "batch", 1: "frames"}}
    torch.onnx.export(model, (torch.zeros(1, 16000),), whole, input_names=["input"], output_names=["logits"], dynamic_axes=axes, dynamo=False,
                      opset_version=17)
    quant_pre_process(whole, prepared, skip_symbolic_shape=True)
    quantize_dynamic(prepared, folder / "int8.onnx", weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul"])
    prepared.unlink()


def samples_of(sound):
    with wave.open(sound) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768
    return (samples - samples.mean()) / np.sqrt(samples.var() + 1e-7)


def torch_network(folder, threads):
    import torch, transformers

    torch.set_num_threads(threads)
    model = transformers.Wav2Vec2ForCTC.from_pretrained(folder).eval()

    def logits(samples):
        with torch.inference_mode():
            return model(torch.from_numpy(samples)[None]).logits[0].numpy()

    return logits


def onnx_network(folder, threads):
    import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(f"{folder}/int8.onnx", settings, providers=["CPUExecutionProvider"])
    return lambda samples: session.run(None, {"input": samples[None]})[0][0]


def run(network, sound):
    started = time.perf_counter()
    labels = network(samples_of(sound)).argmax(-1)
    seconds = time.perf_counter() - started
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(f"{seconds:.2f} {usage.ru_utime + usage.ru_stime:.2f} {usage.ru_maxrss // 1024} {len(labels)}")


action, arguments = sys.argv[1:2], sys.argv[2:]
if action == ["make"] and len(arguments) == 1:
    make(pathlib.Path(arguments[0]))
elif action == ["quantize"] and len(arguments) == 1:
    quantize(pathlib.Path(arguments[0]))
elif action in (["run"], ["onnx"]) and len(arguments) == 3:
    network = torch_network if action == ["run"] else onnx_network
    run(network(arguments[0], int(arguments[2])), arguments[1])
else:
    sys.exit(__doc__)
