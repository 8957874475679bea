"""PyTorch's training step and forward pass: the rival of train-step.mjs, which starts it.

Eager, one thread, packed QKV, scaled_dot_product_attention, fused AdamW, clipping at 1. Reads one line
of JSON a request from standard input and answers with one:
  {"do": "open", "config": {...}, "dropout": 0.1, "batches": FILE}   -> {"torch": version, "lacks": [name]}
  {"do": "train" | "forward", "milliseconds": 800}                   -> {"times": [ms], "cpu": seconds}
A PyTorch before 2.4 lacks the fused ones, and does the same in several operations.
"""
import json
import math
import os
import sys
import time

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import torch  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

torch.set_num_threads(1)
torch.set_num_interop_threads(1)


FUSED_ATTENTION = hasattr(F, "scaled_dot_product_attention")
# The parameter alone is older: on a CPU it was refused.
FUSED_ADAMW = tuple(int(part) for part in torch.__version__.split(".")[:2]) >= (2, 4)
LACKS = [
    *([] if FUSED_ATTENTION else ["scaled_dot_product_attention"]),
    *([] if FUSED_ADAMW else ["AdamW(fused=True)"]),
]


def attention(q, k, v, mask, rate):
    if FUSED_ATTENTION:
        return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=rate)
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    return F.dropout(torch.softmax(scores, -1), rate) @ v


def finite(loss):
    """A bench of what does not learn measures nothing."""
    if not math.isfinite(loss):
        raise FloatingPointError(f"PyTorch's loss is {loss}")
    return loss


class Layer(nn.Module):
    def __init__(self, hidden, heads, ffn, dropout):
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.qkv, self.out = nn.Linear(hidden, 3 * hidden), nn.Linear(hidden, hidden)
        self.wide, self.narrow = nn.Linear(hidden, ffn), nn.Linear(ffn, hidden)
        self.norm1, self.norm2 = nn.LayerNorm(hidden, 1e-12), nn.LayerNorm(hidden, 1e-12)
        self.drop = nn.Dropout(dropout)

    def forward(self, x, mask):
        rows, length, hidden = x.shape
        qkv = self.qkv(x).view(rows, length, 3, self.heads, hidden // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        rate = self.dropout if self.training else 0.0
        a = attention(q, k, v, mask, rate)
        a = a.transpose(1, 2).reshape(rows, length, hidden)
        x = self.norm1(x + self.drop(self.out(a)))
        return self.norm2(x + self.drop(self.narrow(F.gelu(self.wide(x)))))


class Bert(nn.Module):
    def __init__(self, config, dropout):
        super().__init__()
        hidden = config["hiddenSize"]
        self.word = nn.Embedding(config["vocabSize"], hidden, padding_idx=0)
        self.position = nn.Embedding(config["positions"], hidden)
        self.segment = nn.Embedding(config["segments"], hidden)
        self.norm, self.drop = nn.LayerNorm(hidden, 1e-12), nn.Dropout(dropout)
        layer = lambda: Layer(hidden, config["heads"], config["ffnSize"], dropout)
        self.layers = nn.ModuleList(layer() for _ in range(config["layers"]))
        self.pooler, self.head = nn.Linear(hidden, hidden), nn.Linear(hidden, 2)

    def forward(self, ids, segments, mask):
        x = self.word(ids) + self.segment(segments) + self.position.weight[: ids.shape[1]]
        x = self.drop(self.norm(x))
        for layer in self.layers:
            x = layer(x, mask)
        return self.head(self.drop(torch.tanh(self.pooler(x[:, 0]))))


def tensors(batch):
    """Ragged rows, padded to the longest of their batch; no mask where all are equally long."""
    offsets = batch["offsets"]
    lengths = torch.tensor([b - a for a, b in zip(offsets, offsets[1:])])
    rows, longest = len(lengths), int(lengths.max())
    ids = torch.zeros(rows, longest, dtype=torch.long)
    for row, (begin, end) in enumerate(zip(offsets, offsets[1:])):
        ids[row, : end - begin] = torch.tensor(batch["ids"][begin:end])
    place = torch.arange(longest)
    real = place < lengths[:, None]
    segments = ((place >= torch.tensor(batch["firstLength"])[:, None]) & real).long()
    mask = None if bool(real.all()) else real[:, None, None, :]
    return ids, segments, mask, torch.tensor(batch["labels"]).long()


class Rival:
    def __init__(self, config, dropout, batches):
        torch.manual_seed(0)
        self.model = Bert(config, dropout)
        self.optimiser = torch.optim.AdamW(
            self.model.parameters(),
            lr=1e-4,
            weight_decay=0.0,
            **({"fused": True} if FUSED_ADAMW else {}),
        )
        with open(batches, encoding="utf8") as file:
            self.batches = [tensors(batch) for batch in json.load(file)]
        self.next = 0

    def batch(self):
        self.next += 1
        return self.batches[self.next % len(self.batches)]

    def train(self):
        ids, segments, mask, labels = self.batch()
        self.model.train()
        self.optimiser.zero_grad()
        loss = F.cross_entropy(self.model(ids, segments, mask), labels)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        return finite(loss.item())

    def forward(self):
        self.model.eval()
        with torch.inference_mode():
            ids, segments, mask, _ = self.batch()
            return self.model(ids, segments, mask).tolist()


def measure(work, milliseconds):
    times, cpu, begin = [], time.process_time(), time.perf_counter()
    while not times or (time.perf_counter() - begin) * 1000 < milliseconds:
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return {"times": times, "cpu": time.process_time() - cpu}


rival = None
for line in sys.stdin:
    request = json.loads(line)
    if request["do"] == "open":
        rival = Rival(request["config"], request["dropout"], request["batches"])
        answer = {"torch": torch.__version__, "lacks": LACKS}
    else:
        answer = measure(getattr(rival, request["do"]), request["milliseconds"])
    print(json.dumps(answer), flush=True)
