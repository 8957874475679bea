/** Shown until the server has answered. */
export function Waiting({ title }: { readonly title: string }) {
  return (
    <>
      <h1>{title}</h1>
      <p class="dim" role="status">
        Reading…
      </p>
    </>
  );
}
