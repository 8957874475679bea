/** The head of a table, in one row. Titles can be empty or equal. */
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
