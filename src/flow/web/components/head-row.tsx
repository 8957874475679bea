/** A table's head of one row. Titles may be empty or repeat. */
export function HeadRow({ titles }: { readonly titles: readonly string[] }) {
  return (
    <thead>
      <tr>
        {titles.map((title, at) => (
          <th key={at} scope="col">
            {title}
          </th>
        ))}
      </tr>
    </thead>
  );
}
