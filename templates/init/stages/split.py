import random

from stage import inputs, outputs, params, read_rows, write_rows

rows = read_rows(inputs["rows"])
random.Random(params["seed"]).shuffle(rows)
cut = round(len(rows) * params["test_share"])
write_rows(outputs["test"], rows[:cut])
write_rows(outputs["train"], rows[cut:])
print(f"{len(rows) - cut} rows to fit, {cut} to test")
