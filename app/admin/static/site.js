// Says when a page that renews itself has not been renewed for a while, for example because the server is away.
(() => {
  "use strict";
  const STALE_MS = 10_000;
  const note = document.getElementById("stale");
  const renewed = document.querySelector("[data-renewed]");
  if (!note || !renewed) return;
  let last = Date.now();
  document.body.addEventListener("htmx:afterOnLoad", (event) => {
    if (event.detail.successful !== false) last = Date.now();
  });
  // Nobody looks: asking again waits until somebody does.
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden && event.target === renewed) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    last = Date.now();
  });
  setInterval(() => {
    note.hidden = Date.now() - last < STALE_MS;
  }, 1_000);
})();
