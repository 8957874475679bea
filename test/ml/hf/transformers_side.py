"""What Python's transformers makes and finds, for transformers.test.ts.

  make FOLDER          writes small random checkpoints, and beside each expected.json: a batch and the
                       hidden states that transformers computes
  look FOLDER          loads a folder that we wrote: prints its hidden states, its head's logits, its dtype,
                       and the ids that its tokenizer gives
"""
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file
from transformers import AutoModel, AutoTokenizer, BertConfig, BertForSequenceClassification, BertModel
from transformers import DistilBertConfig, DistilBertModel
from transformers import RobertaConfig, RobertaForSequenceClassification, RobertaModel

SHAPE = dict(vocab_size=40, hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
             intermediate_size=24, max_position_embeddings=12, initializer_range=0.3)
DISTILLED = dict(vocab_size=40, dim=16, n_layers=2, n_heads=2, hidden_dim=24,
                 max_position_embeddings=12, initializer_range=0.3)
# Two positions more than a row may have tokens.
ROBERTA = dict(SHAPE, max_position_embeddings=14, type_vocab_size=1, layer_norm_eps=1e-5)
IDS = [[2, 7, 9, 3, 11, 3], [2, 5, 39, 6, 8, 3]]
SEGMENTS = [[0, 0, 0, 0, 1, 1], [0, 0, 0, 1, 1, 1]]


ROBERTA_IDS = [[0, 7, 9, 2, 2, 11, 2], [0, 5, 39, 6, 2, 2, 2]]


def hidden(model):
    model = model.float().eval()
    ids = ROBERTA_IDS if model.config.model_type == "roberta" else IDS
    extra = {"token_type_ids": torch.tensor(SEGMENTS)} if model.config.model_type == "bert" else {}
    with torch.no_grad():
        answer = model(torch.tensor(ids), **extra)
    pooled = getattr(answer, "pooler_output", None)
    # A RoBERTa's rows have two texts as well, but one segment; what is said here must not matter.
    return {"ids": ids, "segments": [row + [1] * (len(ids[0]) - len(row)) for row in SEGMENTS], "hidden": answer.last_hidden_state.flatten().tolist(),
            "pooled": None if pooled is None else pooled.flatten().tolist()}


def gradients(model):
    """Of the mean cross-entropy of a head whose weight is a sine, against the classes 0 and 1."""
    ids = ROBERTA_IDS if model.config.model_type == "roberta" else IDS
    extra = {"token_type_ids": torch.tensor(SEGMENTS)} if model.config.model_type == "bert" else {}
    pooled = model.float().eval()(torch.tensor(ids), **extra).pooler_output
    head = torch.sin(torch.arange(1.0, 2 * pooled.shape[1] + 1)).view(2, -1)
    torch.nn.functional.cross_entropy(pooled @ head.T, torch.tensor([0, 1])).backward()
    return {name: parameter.grad.flatten().tolist() for name, parameter in model.named_parameters()}


def save(folder, model, base, **how):
    model.save_pretrained(folder, **how)
    expected = hidden(base)
    if folder.name in ("bare", "roberta"):
        expected["gradients"] = gradients(base)
    (folder / "expected.json").write_text(json.dumps(expected))


def make(root):
    torch.manual_seed(0)
    bare = BertModel(BertConfig(**SHAPE))
    save(root / "bare", bare, bare)
    save(root / "sharded", bare, bare, max_shard_size="10KB")
    save(root / "float16", bare.half(), bare)
    save(root / "bfloat16", bare.bfloat16(), bare)
    headed = BertForSequenceClassification(BertConfig(**SHAPE))
    save(root / "headed", headed, headed.bert)
    poolerless = BertModel(BertConfig(**SHAPE), add_pooling_layer=False)
    save(root / "poolerless", poolerless, poolerless)
    distilled = DistilBertModel(DistilBertConfig(**DISTILLED))
    save(root / "distilled", distilled, distilled)
    roberta = RobertaModel(RobertaConfig(**ROBERTA))
    save(root / "roberta", roberta, roberta)
    classifier = RobertaForSequenceClassification(RobertaConfig(**ROBERTA))
    save(root / "roberta with a head", classifier, classifier.roberta)


def look(folder):
    model, loading = AutoModel.from_pretrained(folder, torch_dtype="auto", output_loading_info=True)
    dtype = str(model.dtype).removeprefix("torch.")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    found = hidden(model)
    heads = {name: tensor.float() for name, tensor in load_file(Path(folder) / "model.safetensors").items()}
    weight, bias = heads["classifier_dict.rte.weight"], heads["classifier_dict.rte.bias"]
    found["logits"] = (torch.tensor(found["pooled"]).view(len(found["ids"]), -1) @ weight.T + bias).flatten().tolist()
    found.update(dtype=dtype, type=type(model).__name__, missing=sorted(loading["missing_keys"]),
                 tokens=tokenizer("a b zzz", "b a")["input_ids"])
    print(json.dumps(found))


if sys.argv[1] == "make":
    make(Path(sys.argv[2]))
else:
    look(sys.argv[2])
