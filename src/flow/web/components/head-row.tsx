/**
 * The head of a table, in one row. Titles can be empty or equal.
 *
 * @param numbers the columns from this one on have numbers
 */
export function HeadRow({
  titles,
  numbers = titles.length,
}: {
  readonly titles: readonly string[];
  readonly numbers?: number;
}) {
  return (
    <thead>
      <tr>
        {titles.map((title, at) => (
          <th key={at} scope="col" {...(at >= numbers && { class: 'number' })}>
            {title}
          </th>
        ))}
      </tr>
    </thead>
  );
}
