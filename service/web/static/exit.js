// Leaves this page at once: a press on the way out, or Shift three times. Without it the links work as links.
// What it says stands in the page, in the language of the page.
(function () {
  "use strict";
  var PRESSES = 3;
  var PATIENCE = 5000; // milliseconds between two presses of Shift
  var button = document.querySelector(".exit");
  var short = document.querySelector(".skip-out");
  if (!button) return;

  var pressed = 0; // how often Shift was pressed by itself
  var modifier = false; // Shift is held for another key or for the mouse
  var waiting = null;
  var fading = null;
  var overlay = null;
  var dots = document.createElement("span");
  var status = document.createElement("span");

  function prepare() {
    dots.className = "dots";
    dots.setAttribute("aria-hidden", "true");
    for (var i = 0; i < PRESSES; i += 1) dots.appendChild(document.createElement("span"));
    button.appendChild(dots);
    status.className = "hidden";
    status.setAttribute("role", "status");
    button.parentNode.appendChild(status);
    [button, short].forEach(function (link) {
      if (!link) return;
      link.setAttribute("role", "button");
      link.addEventListener("click", function (event) { event.preventDefault(); leave(); });
      link.addEventListener("keydown", function (event) {
        if (event.key === " ") { event.preventDefault(); leave(); }
      });
    });
  }

  function words(name) {
    return button.parentNode.getAttribute("data-" + name) || "";
  }

  function show() {
    dots.classList.toggle("counting", pressed > 0);
    Array.prototype.forEach.call(dots.children, function (dot, i) { dot.classList.toggle("on", i < pressed); });
  }

  function still() {
    clearTimeout(waiting);
    clearTimeout(fading);
    waiting = fading = null;
  }

  function leave() {
    still();
    status.textContent = "";
    if (!overlay) {
      overlay = document.createElement("div");
      overlay.className = "overlay";
      overlay.setAttribute("role", "alert");
      document.body.classList.add("leaving");
      document.body.appendChild(overlay);
    }
    overlay.textContent = words("loading"); // after it is there, so that it is read aloud
    window.location.replace(button.href);
  }

  function press() {
    still();
    pressed += 1;
    show();
    if (pressed === PRESSES) {
      pressed = 0;
      leave();
      return;
    }
    status.textContent = words(pressed === 1 ? "two-more" : "one-more");
    waiting = setTimeout(expire, PATIENCE);
  }

  function expire() {
    still();
    pressed = 0;
    show();
    status.textContent = words("expired");
    fading = setTimeout(function () { status.textContent = ""; }, PATIENCE);
  }

  // Some browsers keep a page as it was left, overlay and all, and show it again on "Back".
  function restore() {
    still();
    pressed = 0;
    modifier = false;
    show();
    status.textContent = "";
    document.body.classList.remove("leaving");
    if (overlay) overlay.remove();
    overlay = null;
  }

  function onDown(event) {
    var held = event.ctrlKey || event.altKey || event.metaKey;
    if (event.key === "Shift") modifier = held || (event.repeat && modifier);
    else if (event.shiftKey) modifier = true;
  }

  function onUp(event) {
    if (event.key === "Shift" && !modifier) press();
    else if (waiting) expire();
    modifier = event.shiftKey;
  }

  prepare();
  document.addEventListener("keydown", onDown, true);
  document.addEventListener("keyup", onUp, true);
  document.addEventListener("pointerdown", function (event) { if (event.shiftKey) modifier = true; }, true);
  window.addEventListener("pageshow", restore);
})();
