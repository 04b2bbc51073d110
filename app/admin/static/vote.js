// A vote by one key: 1, 2 or 0, unless somebody is typing or holds another key.
(() => {
  "use strict";
  const ballot = document.querySelector("[data-ballot]");
  if (!ballot) return;
  let sent = false;
  document.addEventListener("keydown", (event) => {
    if (sent || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^(input|textarea|select)$/i.test(event.target.tagName)) return;
    const button = ballot.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!button) return;
    sent = true;
    event.preventDefault();
    button.click();
  });
})();
