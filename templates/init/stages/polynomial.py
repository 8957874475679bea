"""Polynomials in one variable, scaled so that high degrees stay solvable."""

SCALE = 10.0


def powers(x, degree):
    return [(x / SCALE) ** power for power in range(degree + 1)]


def predict(weights, x):
    return sum(w * p for w, p in zip(weights, powers(x, len(weights) - 1)))


def fit(xs, ys, degree):
    """Least squares by the normal equations."""
    design = [powers(x, degree) for x in xs]
    size = degree + 1
    left = [[sum(row[i] * row[j] for row in design) for j in range(size)] for i in range(size)]
    right = [sum(row[i] * y for row, y in zip(design, ys)) for i in range(size)]
    return solve(left, right)


def solve(matrix, vector):
    """Gauss elimination with the largest pivot first."""
    rows = [row + [value] for row, value in zip(matrix, vector)]
    size = len(rows)
    for i in range(size):
        pivot = max(range(i, size), key=lambda r: abs(rows[r][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for r in range(size):
            if r != i:
                factor = rows[r][i] / rows[i][i]
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[i])]
    return [row[size] / row[i] for i, row in enumerate(rows)]
