"""Tiny checkpoints of noise in upstream's layout, for the neural engine: they make sound as the true ones do, and no music."""
import json
import pathlib
import shutil
import struct

import numpy
from studio import REPOSITORY

FIXTURES = REPOSITORY / "Tests/ACEStepTests/Fixtures"
# As many frames of silence as the tiny models have.
LONGEST = 32


def read(path):
    """The tensors of a safetensors file by name."""
    data = pathlib.Path(path).read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__", None)
    return {
        name: numpy.frombuffer(data[8 + size :][slice(*entry["data_offsets"])], "<f4").reshape(entry["shape"])
        for name, entry in header.items()
    }


def write(path, tensors):
    """A safetensors file of single precision."""
    header, at = {}, 0
    tensors = {name: numpy.asarray(values, "<f4") for name, values in tensors.items()}
    for name, values in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [at, at + values.nbytes]}
        at += values.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(values.tobytes() for values in tensors.values()))


def write_autoencoder(folder):
    """The tiny autoencoder, widened at its narrow ends to the 64 latent channels of the tiny models."""
    folder.mkdir()
    source = FIXTURES / "upstream/vae"
    config = json.loads((source / "config.json").read_text())
    latents, noise = 64, numpy.random.default_rng(5)
    (folder / "config.json").write_text(json.dumps({**config, "decoder_input_channels": latents}))
    tensors = read(source / "diffusion_pytorch_model.safetensors")

    def widen(name, shape):
        tensors[name + ".weight_v"] = noise.normal(0, 0.1, shape)
        tensors[name + ".weight_g"] = numpy.ones((shape[0], 1, 1))

    hidden, last = tensors["decoder.conv1.bias"].shape[0], tensors["encoder.conv2.weight_v"].shape[1]
    widen("decoder.conv1", (hidden, latents, 7))
    widen("encoder.conv2", (2 * latents, last, 3))
    tensors["encoder.conv2.bias"] = numpy.zeros(2 * latents)
    write(folder / "diffusion_pytorch_model.safetensors", tensors)


def make(folder, variants=("base", "turbo")):
    """A folder of checkpoints as upstream's unpacks: `acestep-tiny-base` and others beside what they share."""
    folder.mkdir(parents=True)
    write_autoencoder(folder / "vae")
    text = folder / "Qwen3-Embedding-0.6B"
    shutil.copytree(FIXTURES / "upstream/text_encoder", text)
    shutil.copy(FIXTURES / "tokenizer/tiny-text/tokenizer.json", text)
    for variant in variants:
        model = folder / f"acestep-tiny-{variant}"
        shutil.copytree(FIXTURES / "upstream/acestep-tiny-xl", model)
        config = json.loads((model / "config.json").read_text())
        config.update({"is_turbo": variant == "turbo", "model_version": variant})
        (model / "config.json").write_text(json.dumps(config))
    return folder


def make_diffusers(folder):
    """The other layout: one folder with everything in it."""
    shutil.copytree(FIXTURES / "diffusers/acestep-tiny-base", folder)
    write_autoencoder(folder / "vae")
    shutil.copytree(FIXTURES / "upstream/text_encoder", folder / "text_encoder")
    shutil.copytree(FIXTURES / "tokenizer/tiny-text", folder / "tokenizer")
    return folder
