/** Until the server has answered. */
export function Waiting() {
  return (
    <p class="dim" role="status">
      Reading…
    </p>
  );
}
