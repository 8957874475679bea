import json

from stage import inputs, outputs, write_rows

rows = []
for score in inputs["scores"]:
    with open(score["path"]) as file:
        rows.append({**score["axes"], **json.load(file)})
write_rows(outputs["table"], rows)
