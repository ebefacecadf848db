// Empties a reader's own page when nobody has touched it for ten minutes, after a minute's warning. Without it nothing happens.
// What it says stands in the page, in the language of the page.
(function () {
  "use strict";
  var CLOSES_AFTER = 600000; // milliseconds without a touch
  var WARNS_BEFORE = 60000;
  var box = document.getElementById("idle");
  if (!box) return;
  var stay = box.querySelector("button");
  var touched = Date.now();
  var before = null; // what had the focus when the warning came
  var timer = null;
  var closed = false;

  function idle() {
    return Date.now() - touched;
  }

  // A clock on the wall, not a countdown: a device that slept does not wake up with the page still there.
  function look() {
    clearTimeout(timer);
    if (closed) return;
    if (idle() >= CLOSES_AFTER) close();
    else if (idle() >= CLOSES_AFTER - WARNS_BEFORE) warn();
    if (!closed) timer = setTimeout(look, box.hidden ? CLOSES_AFTER - WARNS_BEFORE - idle() : CLOSES_AFTER - idle());
  }

  function warn() {
    if (!box.hidden) return;
    before = document.activeElement;
    box.hidden = false;
    stay.focus();
  }

  function keep() {
    touched = Date.now();
    box.hidden = true;
    if (before && before.focus) before.focus();
    look();
  }

  function close() {
    closed = true;
    var main = document.getElementById("main");
    var words = document.createElement("p");
    words.className = "lead";
    words.setAttribute("role", "status");
    while (main.firstChild) main.removeChild(main.firstChild);
    box.remove();
    main.appendChild(words);
    words.textContent = box.getAttribute("data-closed"); // after it is there, so that it is read aloud
    document.title = box.getAttribute("data-title");
    main.focus();
  }

  // While the warning stands, only its button keeps the page.
  function touch() {
    if (box.hidden) touched = Date.now();
  }

  stay.addEventListener("click", keep);
  ["keydown", "pointerdown", "pointermove", "scroll", "input"].forEach(function (kind) {
    document.addEventListener(kind, touch, { capture: true, passive: true });
  });
  document.addEventListener("visibilitychange", look);
  window.addEventListener("pageshow", look);
  look();
})();
