// Every page works without this file; it only saves steps.
"use strict";

// A key of `data-key` presses the button or follows the link that names it, unless one is typing.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const typing = event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select");
  if (typing) return;
  if (event.key === "?") {
    const help = document.querySelector("a[href$='/guide']");
    if (help) help.click();
    return;
  }
  const wanted = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!wanted || wanted.disabled) return;
  event.preventDefault();
  if (wanted.matches("textarea, input:not([type=checkbox], [type=radio])")) wanted.focus();
  else wanted.click();
});

// What cannot be taken back is asked about once more.
document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});
