// Solves a small puzzle while the form is filled in, so that the sign-up need not wait its turn. Without it the form works too.
(function () {
  "use strict";
  var PATIENCE = 3000; // milliseconds that a press of the button may wait
  var FRESH = 9 * 60 * 1000; // a puzzle is good for ten minutes
  var form = document.querySelector("form[data-challenge]");
  if (!form || !window.fetch || !window.Worker || !window.Promise) return;

  var field = form.elements.proof;
  var work = null; // the puzzle that is being solved, or was
  var began = 0;
  var pressed = false;

  function solve(challenge) {
    return new Promise(function (resolve, reject) {
      var worker = new Worker(form.getAttribute("data-worker"));
      worker.onerror = reject;
      worker.onmessage = function (event) {
        worker.terminate();
        if (event.data && event.data.derivedKey) resolve({ challenge: challenge, solution: event.data });
        else reject();
      };
      worker.postMessage({ type: "work", challenge: challenge, counterStart: 0, counterStep: 1, timeout: 60000 });
    });
  }

  function start() {
    if (work && Date.now() - began < FRESH) return work;
    began = Date.now();
    field.value = "";
    work = fetch(form.getAttribute("data-challenge"), { credentials: "omit", cache: "no-store" })
      .then(function (answer) { return answer.json(); })
      .then(solve)
      .then(function (payload) { field.value = btoa(JSON.stringify(payload)); })
      .catch(function () { work = null; });
    return work;
  }

  function send() {
    if (!pressed || document.body.classList.contains("leaving")) return; // whoever is on the way out stays there
    pressed = false;
    form.submit();
  }

  form.addEventListener("focusin", start);
  form.addEventListener("submit", function (event) {
    start();
    if (field.value) return;
    event.preventDefault();
    if (pressed) return;
    pressed = true;
    work.then(send);
    setTimeout(send, PATIENCE);
  });
  window.addEventListener("pageshow", function (event) {
    pressed = false;
    if (event.persisted) work = null; // the answer of a page that comes back was sent already
    if (event.persisted || !form.hasAttribute("data-untouched")) start();
  });
})();
