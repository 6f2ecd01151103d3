// Forms while the connection is lost: the browser's own page of errors would take the place of this one.
let answered = false;

/**
 * Holds a form back that is being sent while the connection is lost, until the server has answered: only the stream may
 * be cut off. If it does not answer, words before the button say so.
 *
 * @returns {boolean} whether it is held back; false where the server has answered and the form goes
 */
export function heldBack(event, words) {
  if (answered) return false;
  event.preventDefault();
  send(event.target, event.submitter, words);
  return true;
}

async function send(form, submitter, words) {
  takeBack();
  try {
    await fetch("/watch");
    answered = true;
    form.requestSubmit(submitter);
  } catch {
    const told = Object.assign(document.createElement("p"), { id: "not-sent", className: "error-words", role: "alert" });
    told.textContent = words;
    submitter.before(told);
  } finally {
    answered = false;
  }
}

/** Takes back what was said of a form that was not sent. */
export function takeBack() {
  document.getElementById("not-sent")?.remove();
}
