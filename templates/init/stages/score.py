import json

from polynomial import predict
from stage import inputs, outputs, read_rows

with open(inputs["model"]) as file:
    weights = json.load(file)["weights"]
rows = read_rows(inputs["test"])
errors = [predict(weights, r["age"]) - r["height"] for r in rows]
rmse = (sum(e * e for e in errors) / len(errors)) ** 0.5
with open(outputs["metrics"], "w") as file:
    json.dump({"rmse": round(rmse, 4), "rows": len(rows)}, file)
print(f"root mean square error {rmse:.2f} cm")
