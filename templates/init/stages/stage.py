"""What every stage here needs: its contract, and tables as lists of rows."""

import csv
import json
import os

with open(os.environ["FLOW_STAGE"]) as file:
    stage = json.load(file)

params, inputs, outputs = stage["params"], stage["inputs"], stage["outputs"]


def read_rows(path):
    with open(path, newline="") as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]


def write_rows(path, rows):
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
