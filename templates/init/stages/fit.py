import json

from polynomial import fit
from stage import inputs, outputs, params, read_rows

rows = read_rows(inputs["train"])
weights = fit([r["age"] for r in rows], [r["height"] for r in rows], params["degree"])
with open(outputs["model"], "w") as file:
    json.dump({"weights": weights}, file)
