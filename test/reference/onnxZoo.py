"""Networks of torchvision, timm and transformers as .onnx, with random weights.

`python onnxZoo.py FOLDER` writes all of them by both exporters of PyTorch, each in a process of its own; `python onnxZoo.py FOLDER
NAME EXPORTER` one of them (traced or exported). Beside NAME-EXPORTER.onnx come NAME-EXPORTER.json, the number of its parameters,
and NAME-EXPORTER.npz with two samples of the inputs and what ONNX Runtime gives for them. onnxZoo.test.ts reads the folder.
"""
import json
import subprocess
import sys
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")


def image(size, channels=3):
    import torch

    return (torch.randn(2, channels, size, size),)


def tokens(length=12, rows=50):
    import torch

    return (torch.randint(1, rows, (2, length)),)


def of_torchvision(name, size=64, **arguments):
    def build():
        import torchvision

        return getattr(torchvision.models, name)(num_classes=10, **arguments), image(size)

    return build


def of_timm(name, size=64, **arguments):
    def build():
        import timm

        return timm.create_model(name, pretrained=False, num_classes=10, **arguments), image(size)

    return build


class Only:
    """Makes a module that gives one tensor of another's result, without caches."""

    def __new__(cls, model, key, call):
        import torch

        class Wrapped(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.model = model

            def forward(self, *inputs):
                return getattr(call(self.model, *inputs), key)

        return Wrapped()


def of_transformers(config, model, settings, inputs, key="logits", call=None):
    def build():
        import transformers

        made = getattr(transformers, config)(**settings)
        made.use_cache = False
        network = getattr(transformers, model)(made)
        return Only(network, key, call or (lambda module, *given: module(*given))), inputs()

    return build


TINY = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 48, "vocab_size": 50}
MAPS = {"num_mel_bins": 8, "max_source_positions": 10, "max_target_positions": 16}


def speech():
    import torch

    return torch.randn(2, 8, 20), torch.randint(1, 50, (2, 6))


def pairs():
    return (*tokens(), *tokens(7))


ZOO = {
    "resnet18": of_torchvision("resnet18"),
    "resnet50": of_torchvision("resnet50"),
    "resnext50": of_torchvision("resnext50_32x4d"),
    "densenet121": of_torchvision("densenet121"),
    "googlenet": of_torchvision("googlenet", aux_logits=False, init_weights=True),
    "inception_v3": of_torchvision("inception_v3", 96, aux_logits=False, init_weights=True),
    "squeezenet": of_torchvision("squeezenet1_1"),
    "mnasnet": of_torchvision("mnasnet0_5"),
    "mobilenet_v2": of_torchvision("mobilenet_v2"),
    "mobilenet_v3": of_torchvision("mobilenet_v3_small"),
    "shufflenet": of_torchvision("shufflenet_v2_x0_5"),
    "regnet": of_torchvision("regnet_y_400mf"),
    "efficientnet_b0": of_torchvision("efficientnet_b0"),
    "efficientnet_v2_s": of_torchvision("efficientnet_v2_s"),
    "convnext_tiny": of_torchvision("convnext_tiny"),
    "vit_b_16": of_torchvision("vit_b_16", 32, image_size=32),
    "swin_t": of_torchvision("swin_t"),
    "swin_v2_t": of_torchvision("swin_v2_t"),
    "maxvit_t": of_torchvision("maxvit_t", 64, input_size=(64, 64), partition_size=2),
    "deeplab": lambda: deeplab(),
    "timm resnet10t": of_timm("resnet10t"),
    "timm deit_tiny": of_timm("deit_tiny_patch16_224", 64, img_size=64),
    "timm mixer_s32": of_timm("mixer_s32_224", 64, img_size=64),
    "timm convmixer": of_timm("convmixer_768_32", 32, depth=2),
    "timm poolformer_s12": of_timm("poolformer_s12"),
    "timm edgenext_xx": of_timm("edgenext_xx_small"),
    "timm ghostnet_050": of_timm("ghostnet_050"),
    "timm repvgg_a0": of_timm("repvgg_a0"),
    "timm mobilevit_xxs": of_timm("mobilevit_xxs"),
    "timm nfnet_f0": of_timm("eca_nfnet_l0"),
    "bert": of_transformers("BertConfig", "BertForSequenceClassification", TINY, tokens),
    "distilbert": of_transformers(
        "DistilBertConfig",
        "DistilBertForSequenceClassification",
        {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 48, "vocab_size": 50},
        tokens,
    ),
    "gpt2": of_transformers(
        "GPT2Config", "GPT2LMHeadModel", {"n_embd": 32, "n_layer": 2, "n_head": 4, "vocab_size": 50, "n_positions": 32}, tokens,
        call=lambda module, ids: module(ids, use_cache=False),
    ),
    "llama": of_transformers(
        "LlamaConfig", "LlamaForCausalLM", {**TINY, "num_key_value_heads": 2}, tokens,
        call=lambda module, ids: module(ids, use_cache=False),
    ),
    "t5": of_transformers(
        "T5Config", "T5ForConditionalGeneration",
        {"d_model": 32, "d_kv": 8, "d_ff": 48, "num_layers": 2, "num_heads": 4, "vocab_size": 50}, pairs,
        call=lambda module, ids, labels: module(input_ids=ids, decoder_input_ids=labels, use_cache=False),
    ),
    "whisper": of_transformers(
        "WhisperConfig", "WhisperForConditionalGeneration",
        {
            "d_model": 32, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 4,
            "decoder_attention_heads": 4, "encoder_ffn_dim": 48, "decoder_ffn_dim": 48, "vocab_size": 50,
            "pad_token_id": 0, "decoder_start_token_id": 1, **MAPS,
        },
        speech,
        call=lambda module, sound, labels: module(input_features=sound, decoder_input_ids=labels, use_cache=False),
    ),
    "vit": of_transformers(
        "ViTConfig", "ViTForImageClassification", {**TINY, "image_size": 32, "patch_size": 8}, lambda: image(32)
    ),
}


def deeplab():
    import torchvision

    network = torchvision.models.segmentation.lraspp_mobilenet_v3_large(weights_backbone=None, num_classes=4)

    import torch

    class Segmentation(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.network = network

        def forward(self, x):
            return self.network(x)["out"]

    return Segmentation(), image(64)


def disturbed(model):
    """Statistics and biases that are not all the same, so that a mix-up shows."""
    import torch

    for name, buffer in model.named_buffers():
        if name.endswith("running_mean"):
            buffer.normal_(0, 0.1)
        if name.endswith("running_var"):
            buffer.uniform_(0.8, 1.2)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() < 2:
                parameter.add_(0.05 * torch.randn_like(parameter))
    return model.eval()


def write(folder, name, exporter):
    import numpy
    import onnxruntime
    import torch

    torch.manual_seed(0)
    model, inputs = ZOO[name]()
    disturbed(model)
    path = folder / f"{name.replace(' ', '-')}-{exporter}.onnx"
    names = [f"input{i}" for i in range(len(inputs))]
    if exporter == "traced":
        axes = {**{each: {0: "batch"} for each in names}, "output": {0: "batch"}}
        torch.onnx.export(
            model, inputs, str(path), dynamo=False, opset_version=17, input_names=names, output_names=["output"],
            training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=True, dynamic_axes=axes,
        )
    else:
        torch.onnx.export(
            model, inputs, str(path), dynamo=True, input_names=names, output_names=["output"], external_data=False,
            verbose=False,
        )
    feeds = {each: value.numpy() for each, value in zip(names, inputs)}
    session = onnxruntime.InferenceSession(str(path))
    [output] = session.run(["output"], {each.name: feeds[each.name] for each in session.get_inputs()})
    numpy.savez(path.with_suffix(".npz"), **feeds, output=output)
    path.with_suffix(".json").write_text(json.dumps({"parameters": count(model)}))


def count(model):
    return sum(parameter.numel() for parameter in model.parameters())


def write_all(folder):
    for name in ZOO:
        for exporter in ("traced", "exported"):
            done = subprocess.run([sys.executable, __file__, folder, name, exporter], capture_output=True, text=True)
            last = done.stderr.strip().splitlines()[-1:] if done.returncode else ["written"]
            print(f"{name} {exporter}: {''.join(last)[:200]}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) == 4:
        write(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
    else:
        write_all(sys.argv[1])
