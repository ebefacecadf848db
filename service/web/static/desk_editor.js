// Comfort for whoever writes a letter: the preview stays where it was, a save on its way is waited for, a lost one is said.
// Without it every button works as well.
(function () {
  "use strict";

  var form = document.getElementById("letter-form");
  if (!form) return;
  var busy = false;
  var pressed = null;
  var place = 0;

  function frame() {
    return document.getElementById("frame");
  }

  function say(words) {
    var saved = document.getElementById("saved");
    if (saved) { saved.textContent = words; saved.className = "error"; }
  }

  document.addEventListener("htmx:beforeRequest", function (event) { if (event.detail.elt === form) busy = true; });
  document.addEventListener("htmx:afterRequest", function (event) {
    if (event.detail.elt !== form) return;
    // What came back is put in place first: a button that was pressed meanwhile sends the new revision.
    setTimeout(function () {
      busy = false;
      if (pressed) { var button = pressed; pressed = null; form.requestSubmit(button); }
    }, 0);
  });
  form.addEventListener("submit", function (event) {
    if (!busy) return;
    event.preventDefault();
    pressed = event.submitter;
  });

  document.addEventListener("htmx:responseError", function (event) {
    var tooMuch = event.detail.xhr.status === 413;
    say(tooMuch ? "Not saved: this is far more than a letter can hold. Your words are still here; shorten them."
      : "Not saved: something went wrong on our side. Your words are still here; they are saved with your next change.");
  });
  document.addEventListener("htmx:sendError", function () {
    say("Not saved: the desk cannot be reached. Your words are still here; they are saved with your next change.");
  });

  document.addEventListener("htmx:beforeSwap", function () {
    try { place = frame() ? frame().contentWindow.scrollY : place; } catch (error) { place = 0; }
  });
  document.addEventListener("htmx:afterSwap", function () {
    var shown = frame();
    if (shown) shown.addEventListener("load", function () { shown.contentWindow.scrollTo(0, place); }, { once: true });
  });
})();
